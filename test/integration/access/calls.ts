/**
 * One call of every field that a client can begin with, by `Type.field`. Variables are ids of the tenant's things, made
 * known by `world.ts`; those that begin with `fresh` are made anew for each call.
 */
export interface Call {
  /** What is selected, with `$variables` of {@link variables}. */
  readonly text: string;
  /** Codes that come after the check of access: whoever gets them was let in. */
  readonly letIn?: readonly string[];
}

export const variableTypes = {
  organization: 'ID!',
  project: 'ID!',
  webhook: 'ID!',
  delivery: 'ID!',
  event: 'ID!',
  freshWebhook: 'ID!',
  /** A new one that is paused. */
  pausedWebhook: 'ID!',
  /** A new listener. */
  freshListener: 'ID!',
  freshKey: 'ID!',
  freshLink: 'ID!',
  freshType: 'ID!',
  /** A new one that is archived. */
  archivedType: 'ID!',
  freshName: 'String!',
  /** The project, with an integration and an inbound webhook. */
  connectedProject: 'ID!',
  freshRecovery: 'ID!',
  /** Of a project that is no more. */
  deletion: 'ID!',
  freshErasure: 'ID!',
  /** Of a key of the organization. */
  freshSession: 'ID!',
} as const;

export type Variable = keyof typeof variableTypes;

const list = (field: string) => `${field} { edges { node { id } } }`;

export const calls: Readonly<Record<string, string | Call>> = {
  'Query.viewer': 'viewer { kind }',
  'Query.egressIpRanges': 'egressIpRanges',
  'Query.node': 'node(id: $webhook) { id }',
  'Query.nodes': 'nodes(ids: [$webhook]) { id }',
  'Query.organization': 'organization(id: $organization) { id }',
  'Query.organizations': list('organizations'),
  'Query.tenants': 'tenants { tenants { organizationId } }',
  'Query.project': 'project(id: $project) { id }',
  'Query.projects': list('projects(organizationId: $organization)'),
  'Query.webhook': 'webhook(id: $webhook) { id }',
  'Query.webhooks': list('webhooks(projectId: $project)'),
  'Query.delivery': 'delivery(id: $delivery) { id }',
  'Query.deliveries': list('deliveries(webhookId: $webhook)'),
  'Query.deliveryStats':
    'deliveryStats(projectId: $project, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", bucket: DAY) { pending }',
  'Query.openDeliveries': 'openDeliveries(projectId: $project) { pending }',
  'Query.deliveryCursor': 'deliveryCursor(projectId: $project)',
  'Query.event': 'event(id: $event) { id }',
  'Query.eventType': 'eventType(id: $freshType) { id versions { edges { node { id } } } }',
  'Query.events': list('events(projectId: $project)'),
  'Query.eventTypes': 'eventTypes(projectId: $project) { name }',
  'Query.apiKeys': list('apiKeys(projectId: $project)'),
  'Query.members': list('members(organizationId: $organization)'),
  'Query.permissionMatrix': 'permissionMatrix(organizationId: $organization) { role }',
  'Query.portalLinks': list('portalLinks(projectId: $project)'),
  'Query.auditEvents': list('auditEvents(organizationId: $organization)'),
  'Query.inboundWebhook': 'inboundWebhook(projectId: $connectedProject) { id }',
  'Query.issueIntegration': 'issueIntegration(projectId: $connectedProject) { provider }',
  'Query.issueCursor': 'issueCursor(projectId: $project)',
  'Query.erasure': 'erasure(id: $freshErasure) { id }',
  'Query.erasures': list('erasures(projectId: $project)'),
  'Query.recovery': 'recovery(id: $freshRecovery) { id }',
  'Query.recoverable': 'recoverable(input: { webhookId: $webhook }) { total }',
  'Query.deletion': 'deletion(id: $deletion) { id }',
  'Query.sessions': list('sessions(organizationId: $organization)'),
  'Query.issues': list('issues(projectId: $project)'),

  'Mutation.endSession': 'endSession(input: { id: $freshSession }) { sessionId }',
  'Mutation.endSessions': 'endSessions(input: { organizationId: $organization }) { ended }',
  'Mutation.createOrganization': 'createOrganization(input: { name: $freshName }) { organization { id } }',
  'Mutation.createProject':
    'createProject(input: { organizationId: $organization, name: $freshName }) { project { id } }',
  'Mutation.upsertOrganization':
    'upsertOrganization(input: { externalId: $freshName, name: $freshName }) { organization { id } }',
  'Mutation.upsertProject':
    'upsertProject(input: { organizationId: $organization, externalId: $freshName, name: $freshName }) { project { id } }',
  'Mutation.upsertWebhook':
    'upsertWebhook(input: { projectId: $project, externalId: $freshName, name: $freshName, url: "http://127.0.0.1:9/" }) { webhook { id } }',
  'Mutation.updateOrganization':
    'updateOrganization(input: { id: $organization, name: $freshName }) { organization { id } }',
  'Mutation.updatePortalTheme':
    'updatePortalTheme(input: { projectId: $project, title: $freshName }) { portalTheme { title } }',
  'Mutation.updateProject': 'updateProject(input: { id: $project, name: $freshName }) { project { id } }',
  // Its name is another, which only those are told who may delete it.
  'Mutation.deleteOrganization': {
    text: 'deleteOrganization(input: { id: $organization, name: $freshName }) { deletion { id } }',
    letIn: ['VALIDATION_FAILED'],
  },
  'Mutation.deleteProject': {
    text: 'deleteProject(input: { id: $project, name: $freshName }) { deletion { id } }',
    letIn: ['VALIDATION_FAILED'],
  },
  'Mutation.createApiKey':
    'createApiKey(input: { organizationId: $organization, projectId: $project, name: $freshName, permissions: [WEBHOOK_READ] }) { apiKey { id } }',
  'Mutation.revokeApiKey': 'revokeApiKey(input: { id: $freshKey }) { apiKey { id } }',
  'Mutation.setMember':
    'setMember(input: { organizationId: $organization, userId: $freshName, role: VIEWER }) { member { id } }',
  'Mutation.setRolePermissions':
    'setRolePermissions(input: { organizationId: $organization, role: VIEWER, permissions: [WEBHOOK_READ] }) { permissionMatrix { role } }',
  'Mutation.createPortalLink':
    'createPortalLink(input: { projectId: $project, permissions: [WEBHOOK_READ] }) { portalLink { id } }',
  'Mutation.revokePortalLink': 'revokePortalLink(input: { id: $freshLink }) { portalLink { id } }',
  'Mutation.createEventType':
    'createEventType(input: { projectId: $project, name: $freshName, schema: {} }) { eventType { name } }',
  'Mutation.updateEventType': 'updateEventType(input: { id: $freshType, category: $freshName }) { eventType { id } }',
  'Mutation.upsertEventType':
    'upsertEventType(input: { projectId: $project, name: $freshName, schema: {} }) { eventType { id } }',
  'Mutation.applyEventTypes':
    'applyEventTypes(input: { projectId: $project, types: [{ name: $freshName, schema: {} }] }) { types { change } }',
  'Mutation.archiveEventType': 'archiveEventType(input: { id: $freshType }) { eventType { id } }',
  'Mutation.unarchiveEventType': 'unarchiveEventType(input: { id: $archivedType }) { eventType { id } }',
  'Mutation.deleteEventType': 'deleteEventType(input: { id: $freshType }) { deletedEventTypeId }',
  'Mutation.publishEvents':
    'publishEvents(input: { projectId: $project, events: [{ type: "crane.moved", data: {} }] }) { events { id } }',
  'Mutation.createWebhook':
    'createWebhook(input: { projectId: $project, name: $freshName, url: "http://127.0.0.1:9/" }) { webhook { id } }',
  'Mutation.updateWebhook': 'updateWebhook(input: { id: $freshWebhook, name: $freshName }) { webhook { id } }',
  'Mutation.setWebhookActive': 'setWebhookActive(input: { id: $freshWebhook, active: false }) { webhook { id } }',
  'Mutation.deleteWebhook': 'deleteWebhook(input: { id: $freshWebhook }) { webhook { id } }',
  'Mutation.sendTestEvent': 'sendTestEvent(input: { webhookId: $freshWebhook }) { delivery { id } }',
  'Mutation.pauseWebhook': 'pauseWebhook(input: { webhookId: $freshWebhook }) { webhook { id } }',
  'Mutation.resumeWebhook': 'resumeWebhook(input: { webhookId: $pausedWebhook }) { webhook { id } }',
  'Mutation.createListener': 'createListener(input: { projectId: $project, name: $freshName }) { listener { id } }',
  // It takes a request to answer one.
  'Mutation.answerListenedRequest': {
    text: 'answerListenedRequest(input: { listenerId: $freshListener, receipt: "none", responseCode: 200, duration: "PT1S" }) { delivery { id } }',
    letIn: ['VALIDATION_FAILED'],
  },
  'Mutation.reEnableWebhook': {
    text: 'reEnableWebhook(input: { id: $freshWebhook }) { webhook { id } }',
    letIn: ['CONFLICT'],
  },
  'Mutation.rotateWebhookSecret': 'rotateWebhookSecret(input: { id: $freshWebhook }) { webhook { id } }',
  'Mutation.retireWebhookSecret': {
    text: 'retireWebhookSecret(input: { id: $freshWebhook }) { webhook { id } }',
    letIn: ['CONFLICT'],
  },
  'Mutation.extendRetiringSecret': {
    text: 'extendRetiringSecret(input: { id: $freshWebhook }) { webhook { id } }',
    letIn: ['CONFLICT'],
  },
  'Mutation.retryDelivery': {
    text: 'retryDelivery(input: { id: $delivery }) { delivery { id } }',
    letIn: ['CONFLICT'],
  },
  'Mutation.cancelDelivery': {
    text: 'cancelDelivery(input: { id: $delivery }) { delivery { id } }',
    letIn: ['CONFLICT'],
  },
  'Mutation.cancelDeliveries': 'cancelDeliveries(input: { ids: [$delivery] }) { skippedIds }',
  'Mutation.eraseEvents':
    'eraseEvents(input: { projectId: $project, labels: [{ key: "customer", value: $freshName }] }) { erasure { id } }',
  'Mutation.replayDelivery': 'replayDelivery(input: { id: $delivery }) { delivery { id } }',
  'Mutation.bulkReplayDeliveries': 'bulkReplayDeliveries(input: { ids: [$delivery] }) { deliveries { id } }',
  'Mutation.revealWebhookSecret': 'revealWebhookSecret(input: { webhookId: $freshWebhook }) { secrets { state } }',
  'Mutation.recoverDeliveries':
    'recoverDeliveries(input: { webhookId: $freshWebhook, since: "2026-01-01T00:00:00Z" }) { recovery { id } }',
  'Mutation.cancelRecovery': 'cancelRecovery(input: { id: $freshRecovery }) { recovery { id } }',
  'Mutation.setIssueIntegration':
    'setIssueIntegration(input: { projectId: $project, provider: SIMPLE_URL, baseUrl: "https://tracker.example" }) { integration { provider } }',
  'Mutation.removeIssueIntegration':
    'removeIssueIntegration(input: { projectId: $connectedProject }) { removedInboundWebhook }',
  // There is one already, which only those are told who may make one.
  'Mutation.createInboundWebhook': {
    text: 'createInboundWebhook(input: { projectId: $connectedProject }) { url }',
    letIn: ['CONFLICT'],
  },
  'Mutation.rotateInboundWebhook':
    'rotateInboundWebhook(input: { projectId: $connectedProject }) { inboundWebhook { id } }',
  'Mutation.deleteInboundWebhook':
    'deleteInboundWebhook(input: { projectId: $connectedProject }) { inboundWebhook { id } }',
  'Mutation.sendInboundTestEvent': 'sendInboundTestEvent(input: { projectId: $connectedProject }) { delivery { id } }',

  'Subscription.deliveryUpdated': 'deliveryUpdated(projectId: $project) { id }',
  'Subscription.webhookHealthChanged': 'webhookHealthChanged(webhookId: $webhook) { id }',
  'Subscription.erasureProgress': 'erasureProgress(id: $freshErasure) { id }',
  'Subscription.recoveryProgress': 'recoveryProgress(id: $freshRecovery) { id }',
  'Subscription.resumeProgress': 'resumeProgress(webhookId: $webhook) { id }',
  'Subscription.listenedRequests': 'listenedRequests(listenerId: $freshListener) { deliveryId }',
  'Subscription.deletionProgress': 'deletionProgress(id: $deletion) { id }',
  'Subscription.issueUpdated': 'issueUpdated(projectId: $project) { id }',
};

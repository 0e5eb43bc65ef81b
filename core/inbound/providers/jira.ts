import { signature, signatureProof } from './hmac.ts';
import { eventName, type InboundProvider, issueId, member, requestOf, testIdentity } from './provider.ts';

const issueEvents = new Set(['jira:issue_created', 'jira:issue_updated', 'jira:issue_deleted']);

/** Jira's webhooks: developer.atlassian.com/cloud/jira/platform/webhooks. */
export const jiraInbound: InboundProvider = {
  name: 'JIRA',

  reads: [['webhookEvent'], ['issue', 'id']],

  prove: (secret, header) => signatureProof(header('x-hub-signature'), secret),

  interpret(request, payload) {
    const identity = request.header('x-atlassian-webhook-identifier');
    const eventType = eventName(member(payload, 'webhookEvent')) ?? 'unknown';
    const ignored = (reason: string) => ({ identity, eventType, meaning: { kind: 'ignored', reason } as const });
    if (!issueEvents.has(eventType)) {
      return ignored('Only issue-created, issue-updated and issue-deleted events are used.');
    }
    const externalId = issueId(member(payload, 'issue', 'id'));
    if (externalId === null) return ignored('The event names no issue.');
    if (externalId === '0') return { identity, eventType, meaning: { kind: 'test' } };
    return { identity, eventType, meaning: { kind: 'issue', externalId, locator: externalId } };
  },

  testRequest(secret) {
    const request = requestOf(
      { 'x-atlassian-webhook-identifier': testIdentity },
      {
        timestamp: 0,
        webhookEvent: 'jira:issue_updated',
        issue: { id: '0', key: 'EVERHOOK-0', fields: { summary: 'Everhook test event' } },
      },
    );
    const proof = signature(secret, request.body);
    return { ...request, header: (name) => (name === 'x-hub-signature' ? proof : request.header(name)) };
  },
};

/** The audit log's actions, by their target. */
export const auditActions = {
  Organization: ['organization.created', 'organization.updated', 'organization.deleted', 'role.permissions_set'],
  Projects: ['project.created', 'project.updated', 'project.deleted', 'event_type.created'],
  Members: ['member.added', 'member.changed', 'member.removed'],
  Access: ['api_key.created', 'api_key.revoked', 'portal_link.created', 'portal_link.revoked'],
  Webhooks: [
    'webhook.created',
    'webhook.updated',
    'webhook.activated',
    'webhook.deactivated',
    'webhook.re_enabled',
    'webhook.secret_rotated',
    'webhook.secret_extended',
    'webhook.secret_retired',
    'webhook.tested',
    'webhook.deleted',
  ],
  Deliveries: ['delivery.retried', 'delivery.replayed', 'recovery.started', 'recovery.cancelled'],
  Inbound: [
    'issue_integration.created',
    'issue_integration.updated',
    'issue_integration.removed',
    'inbound_webhook.created',
    'inbound_webhook.rotated',
    'inbound_webhook.tested',
    'inbound_webhook.deleted',
  ],
} as const;

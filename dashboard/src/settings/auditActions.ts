import type { AuditAction } from '@everhook/sdk';

/** The audit log's actions as its addresses name them, by their subject. */
export const auditActions = {
  Organization: ['organization.created', 'organization.updated', 'organization.deleted', 'role.permissions_set'],
  Projects: [
    'project.created',
    'project.updated',
    'project.deleted',
    'event_type.created',
    'event_type.updated',
    'event_type.archived',
    'event_type.unarchived',
    'event_type.deleted',
  ],
  Members: ['member.added', 'member.changed', 'member.removed'],
  Access: [
    'api_key.created',
    'api_key.revoked',
    'portal_link.created',
    'portal_link.revoked',
    'session.ended',
    'portal_theme.updated',
  ],
  Webhooks: [
    'webhook.created',
    'webhook.updated',
    'webhook.activated',
    'webhook.deactivated',
    'webhook.paused',
    'webhook.resumed',
    'webhook.resume_ended',
    'webhook.re_enabled',
    'webhook.secret_rotated',
    'webhook.secret_extended',
    'webhook.secret_retired',
    'webhook.secret_revealed',
    'webhook.tested',
    'webhook.deleted',
  ],
  Deliveries: [
    'delivery.retried',
    'delivery.replayed',
    'delivery.cancelled',
    'recovery.started',
    'recovery.cancelled',
    'erasure.started',
  ],
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

export type AuditSubject = keyof typeof auditActions;

/** An action as the API names it. */
export const actionOf = (text: string) => text.replace('.', '_').toUpperCase() as AuditAction;

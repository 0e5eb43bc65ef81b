import type { Permission, Role } from '@everhook/sdk';

export const permissionTexts: Readonly<Record<Permission, string>> = {
  WEBHOOK_READ: 'See webhooks and deliveries',
  WEBHOOK_MANAGE: 'Manage webhooks',
  DELIVERY_REPLAY: 'Retry and replay deliveries',
  EVENT_PUBLISH: 'Publish events',
  INBOUND_MANAGE: 'Manage inbound',
  KEY_MANAGE: 'Manage API keys',
  AUDIT_READ: 'Read the audit log',
  MEMBER_MANAGE: 'Manage members',
  ORGANIZATION_MANAGE: 'Manage the organization',
};

export const permissions = Object.keys(permissionTexts) as Permission[];

export const roleTexts: Readonly<Record<Role, string>> = {
  OWNER: 'Owner',
  ADMIN: 'Admin',
  MEMBER: 'Member',
  VIEWER: 'Viewer',
  PROJECT_ADMIN: 'Project admin',
};

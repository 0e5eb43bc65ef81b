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
  SECRET_REVEAL: 'Show signing secrets again',
  EVENT_ERASE: 'Erase events',
};

export const permissions = Object.keys(permissionTexts) as Permission[];

/** Replaces the API's names of permissions in a message by this page's words. */
export const withPermissionTexts = (message: string): string =>
  message.replace(/[A-Z]+_[A-Z]+/g, (name) => {
    const text = permissionTexts[name as Permission];
    return text ? `“${text}”` : name;
  });

export const roleTexts: Readonly<Record<Role, string>> = {
  OWNER: 'Owner',
  ADMIN: 'Admin',
  MEMBER: 'Member',
  VIEWER: 'Viewer',
  PROJECT_ADMIN: 'Project admin',
};

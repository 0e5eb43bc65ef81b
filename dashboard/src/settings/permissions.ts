import type { Permission } from '@everhook/sdk';
import { wordsOf } from '../words/words.ts';

const known: Readonly<Record<Permission, true>> = {
  WEBHOOK_READ: true,
  WEBHOOK_MANAGE: true,
  DELIVERY_REPLAY: true,
  EVENT_PUBLISH: true,
  INBOUND_MANAGE: true,
  KEY_MANAGE: true,
  AUDIT_READ: true,
  MEMBER_MANAGE: true,
  ORGANIZATION_MANAGE: true,
  SECRET_REVEAL: true,
  EVENT_ERASE: true,
};

/** All, in the order in which they are shown. */
export const permissions = Object.keys(known) as Permission[];

/** Replaces the API's names of permissions in a message by this page's words. */
export const withPermissionTexts = (message: string): string =>
  message.replace(/[A-Z]+_[A-Z]+/g, (name) => {
    const permission = permissions.find((each) => each === name);
    const t = wordsOf('common');
    return permission ? t('quoted', { text: t(`permissions.${permission}`) }) : name;
  });

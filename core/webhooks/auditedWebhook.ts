import type { AuditFields } from '../audit/fields.ts';
import { openHeadersOrNull } from '../deliveries/ownHeaders.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { KeyRing } from '../secrets/keyRing.ts';

/** A webhook's configuration as it is stored. */
export interface WebhookRow {
  readonly id: string;
  externalId: string | null;
  name: string;
  description: string | null;
  readonly profile: ProfileName;
  url: string;
  urlSealed: Uint8Array<ArrayBuffer> | null;
  eventTypes: string[];
  active: boolean;
  ownSchedule: boolean;
  retryScheduleMs: number[];
  timeoutMs: number | null;
  sendTraceparent: boolean;
  headersSealed: Uint8Array<ArrayBuffer> | null;
  deletedAt: Date | null;
}

export const auditedColumns = {
  id: true,
  externalId: true,
  name: true,
  description: true,
  profile: true,
  url: true,
  urlSealed: true,
  eventTypes: true,
  active: true,
  ownSchedule: true,
  retryScheduleMs: true,
  timeoutMs: true,
  sendTraceparent: true,
  headersSealed: true,
  deletedAt: true,
} as const;

/**
 * A webhook for the audit log: the names of its headers without values, null where they cannot be decrypted, and of its URL the part
 * that may be shown.
 */
export function auditedWebhook(row: WebhookRow, keys: KeyRing): AuditFields {
  return {
    externalId: row.externalId,
    name: row.name,
    description: row.description,
    profile: row.profile,
    url: row.url,
    eventTypes: row.eventTypes,
    active: row.active,
    retryScheduleMs: row.ownSchedule ? row.retryScheduleMs : null,
    timeoutMs: row.timeoutMs,
    sendTraceparent: row.sendTraceparent,
    headers: openHeadersOrNull(keys, row.id, row.headersSealed)?.map(([name]) => name) ?? null,
    deletedAt: row.deletedAt,
  };
}

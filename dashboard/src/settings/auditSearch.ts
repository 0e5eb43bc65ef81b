import { type AuditFilter, ValidationError } from '@everhook/sdk';

/** What the address says should be shown; empty where it says nothing. */
export interface AuditSearch {
  readonly action: string;
  /** A key's or a portal link's id, or a user's `sub`. */
  readonly by: string;
  /** Times of the browser's own zone, as its date fields write them. */
  readonly from: string;
  readonly to: string;
}

export const auditSearchOf = (search: URLSearchParams): AuditSearch => ({
  action: search.get('action') ?? '',
  by: search.get('by') ?? '',
  from: search.get('from') ?? '',
  to: search.get('to') ?? '',
});

const timeOf = (text: string): Date | undefined => {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
};

/**
 * The same as the SDK's filter.
 *
 * @throws ValidationError where the time ends before it begins
 */
export function auditFilterOf({ action, by, ...times }: AuditSearch): Omit<AuditFilter, 'organizationId'> {
  const from = timeOf(times.from);
  const to = timeOf(times.to);
  if (from && to && to <= from)
    throw new ValidationError('This ends before it begins: choose a later end.', { field: 'to' });
  return {
    ...(action && { actions: [action] }),
    ...(by && { principalId: by }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

import { type AuditFilter, ValidationError } from '@everhook/sdk';
import { instantText, timeOf } from '../time/instant.ts';
import { wordsOf } from '../words/words.ts';
import { actionOf } from './auditActions.ts';

/** The filters in the address; empty if it has none. */
export interface AuditSearch {
  readonly action: string;
  /** A key's or a portal link's id, or a user's `sub`. */
  readonly by: string;
  /** Instants, as `instantText` writes them. */
  readonly from: string;
  readonly to: string;
}

export const auditSearchOf = (search: URLSearchParams): AuditSearch => ({
  action: search.get('action') ?? '',
  by: search.get('by') ?? '',
  from: instantText(search.get('from')) ?? '',
  to: instantText(search.get('to')) ?? '',
});

/**
 * The same as the SDK's filter.
 *
 * @throws ValidationError if the time range ends before it begins
 */
export function auditFilterOf({ action, by, ...times }: AuditSearch): Omit<AuditFilter, 'organizationId'> {
  const from = timeOf(times.from);
  const to = timeOf(times.to);
  if (from && to && to <= from) throw new ValidationError(wordsOf('settings')('audit.endsFirst'), { field: 'to' });
  return {
    ...(action && { actions: [actionOf(action)] }),
    ...(by && { principalId: by }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

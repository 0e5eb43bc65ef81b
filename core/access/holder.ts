import type { Principal } from './principal.ts';

/**
 * In whose name a principal takes its turns where something is shared: its organization's, so that many keys are no more than
 * one; the principal's own where it belongs to several, and the operator's.
 */
export function holderOf(principal: Principal): string {
  if (principal.kind === 'OPERATOR') return 'operator';
  const [first, ...others] = principal.grants;
  const one = first && others.every(({ organizationId }) => organizationId === first.organizationId);
  return one ? first.organizationId : `${principal.kind} ${principal.id}`;
}

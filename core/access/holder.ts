import type { Principal } from './principal.ts';

/**
 * The name under which a principal takes turns at a shared resource: its organization's, so that many keys get no more than one
 * key; its own if it belongs to several organizations or none; the operator has one, too.
 */
export function holderOf(principal: Principal): string {
  if (principal.kind === 'OPERATOR') return 'operator';
  const [first, ...others] = principal.grants;
  const one = first && others.every(({ organizationId }) => organizationId === first.organizationId);
  return one ? first.organizationId : `${principal.kind} ${principal.id}`;
}

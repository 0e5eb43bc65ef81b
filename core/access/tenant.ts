import { ownScope } from './permissions.ts';
import type { Principal } from './principal.ts';

/** Whose share of this process a principal uses: its organization's; its own where it belongs to several, or to none. */
export const tenantOf = (principal: Principal): string => ownScope(principal)?.organizationId ?? principalOf(principal);

/** A name of the principal that no other has. */
export const principalOf = ({ kind, id }: Principal): string => `${kind} ${id}`;

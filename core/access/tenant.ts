import { ownScope } from './permissions.ts';
import type { Principal } from './principal.ts';

/** Whose share of this process a principal uses: its organization's; its own if it belongs to several or none. */
export const tenantOf = (principal: Principal): string => ownScope(principal)?.organizationId ?? principalOf(principal);

/** A unique name of the principal. */
export const principalOf = ({ kind, id }: Principal): string => `${kind} ${id}`;

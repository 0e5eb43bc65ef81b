import type { Credential } from '../../core/access/credential.ts';
import type { Principal } from '../../core/access/principal.ts';

/** Who calls, and by what that is checked again. */
export interface Authenticated {
  readonly principal: Principal;
  readonly credential: Credential;
}

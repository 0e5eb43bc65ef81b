import type { KeyRing } from '../secrets/keyRing.ts';
import { sameSecret } from '../secrets/sameSecret.ts';

/** A webhook's secret as it is stored. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: Uint8Array;
}

/**
 * Whether a secret is the given one. Nothing of the stored one leaves this: a digest would betray a weak one to whoever tries
 * many words at home.
 */
export type SignsWith = (stored: SealedSecret, secret: string) => boolean;

export const createSignsWith =
  (keys: KeyRing): SignsWith =>
  ({ id, sealed }, secret) =>
    sameSecret(keys.open(Buffer.from(sealed), `webhook_secret:${id}`), secret);

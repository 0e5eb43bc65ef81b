import type { Pool } from 'pg';
import { retireDue } from '../../core/webhooks/retireDue.ts';

export interface RetireSecretInput {
  readonly secretId: string;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
  readonly now: number;
}

/** The activity behind webhooks' secrets. */
export function createSecretActivities({ pool }: { readonly pool: Pool }) {
  return {
    /** Deletes a secret whose deadline has passed; returns milliseconds until it, or null where the secret is gone. */
    retireSecretDue: ({ secretId, now }: RetireSecretInput): Promise<number | null> => retireDue(pool, secretId, now),
  };
}

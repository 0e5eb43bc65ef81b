import type { DeliverableWebhook } from './routing.ts';

/** Requests that may be under way at once to a webhook that so many failures disable. */
export interface FailureBudget {
  /** From the fast lanes of all API processes together. They send only while the webhook is HEALTHY. */
  readonly fast: number;
  /** From its workflow. */
  readonly drain: number;
}

/**
 * How the requests under way to a webhook are bounded so that the one after the last that disables it never leaves. While it is
 * HEALTHY its counter stands at most one below what degrades it; with both parts under way, and all of them failing, that makes
 * exactly what disables it, whoever finishes first. Null where failures are not counted against a limit.
 */
export function failureBudget({ profile, disabledAt }: DeliverableWebhook): FailureBudget | null {
  if (disabledAt === null) return null;
  const room = Math.max(1, disabledAt - (profile.health.degradedAt - 1));
  const drain = Math.max(1, Math.floor(room / 2));
  return { fast: room - drain, drain };
}

import type { DeliverableWebhook } from './routing.ts';

/** Limits of requests under way to a webhook that is disabled after a number of consecutive failures. */
export interface FailureBudget {
  /** From the fast lanes of all API processes together. They send only while the webhook is HEALTHY. */
  readonly fast: number;
  /** From its workflow. */
  readonly drain: number;
}

/**
 * Limits the requests under way so that none leaves after the failure that disables the webhook. While the webhook is HEALTHY
 * its failure count is below `degradedAt`; if all requests of both limits fail, the count reaches exactly `disabledAt`, in
 * whatever order they end. Null if no number of failures disables the webhook.
 */
export function failureBudget({ profile, disabledAt }: DeliverableWebhook): FailureBudget | null {
  if (disabledAt === null) return null;
  const room = Math.max(1, disabledAt - (profile.health.degradedAt - 1));
  const drain = Math.max(1, Math.floor(room / 2));
  return { fast: room - drain, drain };
}

/** How many requests a webhook may have open at once; null if that depends on how its last attempts end. */
export const atOnceOf = (webhook: DeliverableWebhook | null, perWebhook: number): number | null =>
  webhook?.disabledAt == null ? perWebhook : null;

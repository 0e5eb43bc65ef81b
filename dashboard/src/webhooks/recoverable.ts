import type { Webhook, WebhookActivity } from '@everhook/sdk';

/** The times to choose from: hours back from now, all that is kept, or since a webhook was stopped. */
export const recoverSpans = { hour: 1, day: 24, threeDays: 72, week: 168 } as const;
export type RecoverSpan = keyof typeof recoverSpans | 'all' | 'stop';

/** When a choice begins; undefined: with the log. */
export function sinceOf(span: RecoverSpan, stoppedAt: string | null): Date | undefined {
  if (span === 'all') return undefined;
  // Events of one moment need not have been stored in the order of their times.
  if (span === 'stop') return stoppedAt === null ? undefined : new Date(Date.parse(stoppedAt) - 1_000);
  return new Date(Date.now() - recoverSpans[span] * 3_600_000);
}

/** When the first event was published that a webhook missed since it was stopped. */
export const missedSince = (activity: Pick<WebhookActivity, 'missedEvents'> | null | undefined): string | null =>
  activity?.missedEvents && activity.missedEvents.count > 0 ? (activity.missedEvents.since ?? null) : null;

export type RecoverTarget = Pick<Webhook, 'id' | 'name'>;

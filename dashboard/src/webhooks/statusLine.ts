import type { Webhook, WebhookActivity } from '@everhook/sdk';
import { countdown } from '../time/distance.ts';
import { exactTime } from '../time/exactTime.ts';
import { boundText, countText } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';
import { sinceText } from './since.ts';
import { standingOf } from './standing.ts';

/** One thing that is said of a webhook. Times are those of the API. */
export type StatusPart =
  | {
      readonly say: 'disabled';
      readonly cause: NonNullable<Webhook['disabledBy']> | 'UNKNOWN';
      readonly since: string | null;
    }
  | { readonly say: 'off'; readonly since: string | null }
  | { readonly say: 'paused'; readonly since: string; readonly reason: string | null }
  | { readonly say: 'held'; readonly count: number; readonly isAtLeast: boolean }
  | { readonly say: 'resuming'; readonly count: number; readonly isAtLeast: boolean }
  | { readonly say: 'inARow'; readonly count: number }
  | { readonly say: 'arrived'; readonly count: number }
  | { readonly say: 'failed'; readonly count: number; readonly of: number }
  | { readonly say: 'neverSent' }
  | { readonly say: 'takesNothing' }
  | { readonly say: 'nextAttempt'; readonly at: string }
  | { readonly say: 'missed'; readonly count: number; readonly isAtLeast: boolean; readonly since: string | null }
  | { readonly say: 'retiring'; readonly until: string };

export interface StatusFacts {
  readonly webhook: Pick<
    Webhook,
    | 'active'
    | 'health'
    | 'disabledBy'
    | 'inactiveSince'
    | 'consecutiveFailures'
    | 'pausedAt'
    | 'pauseReason'
    | 'resumingAt'
    | 'lastDispatchedAt'
    | 'retiringSecretUntil'
  >;
  /** Absent while it is read. */
  readonly activity:
    | Pick<WebhookActivity, 'heldCount' | 'retryWorkflow' | 'recentDeliveries' | 'missedEvents'>
    | undefined;
  /** When its health last changed; null where that is not known. */
  readonly healthSince: string | null;
  /** Whether no event that is still published comes to it. */
  readonly takesNothing: boolean;
}

/** The server counts no further. */
const mostHeld = 10_000;

/** What there is to say of a webhook, the most important first. */
export function statusParts({ webhook, activity, healthSince, takesNothing }: StatusFacts): StatusPart[] {
  const standing = standingOf(webhook);
  const parts: StatusPart[] = [];
  const held = activity?.heldCount ?? 0;
  const holding = { count: held, isAtLeast: held >= mostHeld };
  if (standing === 'disabled')
    parts.push({ say: 'disabled', cause: webhook.disabledBy ?? 'UNKNOWN', since: healthSince });
  if (!webhook.active) parts.push({ say: 'off', since: webhook.inactiveSince ?? null });
  if (standing === 'resuming') parts.push({ say: 'resuming', ...holding });
  if (standing === 'paused') {
    parts.push({ say: 'paused', since: webhook.pausedAt ?? '', reason: webhook.pauseReason ?? null });
    parts.push({ say: 'held', ...holding });
  }
  if (standing === 'degraded') parts.push({ say: 'inARow', count: webhook.consecutiveFailures });
  const recent = activity?.recentDeliveries;
  if (recent && recent.attempted > 0) {
    if (recent.failed > 0) parts.push({ say: 'failed', count: recent.failed, of: recent.attempted });
    else parts.push({ say: 'arrived', count: recent.attempted });
  } else if (recent && webhook.lastDispatchedAt == null) parts.push({ say: 'neverSent' });
  if (takesNothing) parts.push({ say: 'takesNothing' });
  const { waiting = 0, nextDueAt = null } = activity?.retryWorkflow ?? {};
  if (waiting > 0 && nextDueAt != null && standing !== 'disabled' && standing !== 'off')
    parts.push({ say: 'nextAttempt', at: nextDueAt });
  const missed = activity?.missedEvents;
  if (missed && missed.count > 0)
    parts.push({ say: 'missed', count: missed.count, isAtLeast: missed.isAtLeast, since: missed.since ?? null });
  if (webhook.retiringSecretUntil != null) parts.push({ say: 'retiring', until: webhook.retiringSecretUntil });
  return parts;
}

const numberOf = ({ count, isAtLeast = false }: { readonly count: number; readonly isAtLeast?: boolean }): string =>
  boundText(count, isAtLeast);

/** One part in the language of the page, as a part of a sentence. */
export function partText(part: StatusPart, now: number): string {
  const t = wordsOf('webhooks');
  const since = (time: string | null): string => (time === null ? '' : ` ${sinceText(time, now)}`);
  switch (part.say) {
    case 'disabled':
      return t(`status.disabled.${part.cause}`, { since: since(part.since) });
    case 'off':
      return t('status.off', { since: since(part.since) });
    case 'paused':
      return part.reason === null
        ? t('status.paused', { since: since(part.since) })
        : t('status.pausedFor', { since: since(part.since), reason: part.reason });
    case 'held':
      return t('status.held', { count: part.count, n: numberOf(part) });
    case 'resuming':
      return t('status.resuming', { count: part.count, n: numberOf(part) });
    case 'inARow':
      return t('status.inARow', { count: part.count, n: numberOf(part) });
    case 'arrived':
      return t('status.arrived', { count: part.count, n: numberOf(part) });
    case 'failed':
      return part.of === 1
        ? t('status.lastFailed')
        : t('status.failed', { count: part.count, n: numberOf(part), of: countText(part.of) });
    case 'neverSent':
      return t('status.neverSent');
    case 'takesNothing':
      return t('status.takesNothing');
    case 'nextAttempt': {
      const left = countdown(part.at, now);
      return left === null ? t('status.attemptDue') : t('status.nextAttempt', { span: left });
    }
    case 'missed':
      return t('status.missed', { count: part.count, n: numberOf(part), since: since(part.since) });
    case 'retiring':
      return t('status.retiring', { time: exactTime(part.until) });
  }
}

/** All parts as one sentence. */
export function statusText(parts: readonly StatusPart[], now: number): string {
  const text = parts.map((part) => partText(part, now)).join('; ');
  return text === '' ? '' : `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}.`;
}

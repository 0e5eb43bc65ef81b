import type { HealthChange, WebhookHealth } from '@everhook/sdk';

/** A time in which a webhook's health stayed the same, in milliseconds since the epoch. */
export interface Stretch {
  readonly health: WebhookHealth;
  readonly from: number;
  readonly to: number;
  /** Why it became so; null for the beginning, and where there is none. */
  readonly reason: string | null;
}

export interface TimelineFacts {
  readonly health: WebhookHealth;
  readonly createdAt: string;
  /** Newest first. */
  readonly changes: readonly HealthChange[];
  readonly hasMore: boolean;
  readonly now: number;
}

/** Nothing older is drawn. */
const mostMs = 30 * 86_400_000;

/** A webhook's health as stretches, the oldest first, from its creation or 30 days back until now. */
export function stretchesOf({ health, createdAt, changes, hasMore, now }: TimelineFacts): Stretch[] {
  const known = hasMore ? Date.parse(changes.at(-1)?.at ?? createdAt) : Date.parse(createdAt);
  const begin = Math.min(now, Math.max(known, now - mostMs));
  const stretches: Stretch[] = [];
  let to = now;
  let state = health;
  for (const change of changes) {
    const at = Date.parse(change.at);
    const from = Math.max(at, begin);
    if (to > from) stretches.push({ health: state, from, to, reason: change.reason ?? null });
    state = change.from;
    to = Math.min(to, at);
    if (to <= begin) break;
  }
  if (to > begin) stretches.push({ health: state, from: begin, to, reason: null });
  return stretches.reverse();
}

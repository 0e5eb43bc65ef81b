import type { Pool } from 'pg';
import type { Gate } from '../fairness/gate.ts';
import type { Shares } from '../fairness/shares.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Sender } from '../sender/exchange.ts';
import { attempt, type Chance } from './attempt.ts';
import { mostCancelled } from './cancelWaiting.ts';
import { cancelDue, dueDeliveries, failuresAndLeases, nextDue } from './dueDeliveries.ts';
import { failureBudget } from './failureBudget.ts';
import type { Recorder } from './recorder.ts';
import { type DeliverableWebhook, loadWebhook } from './routing.ts';
import type { DeliveryTask } from './task.ts';

/** What draining needs of the process it runs in. */
export interface DrainParts {
  readonly pool: Pool;
  readonly keys: KeyRing;
  readonly sender: Sender;
  readonly recorder: Recorder;
  readonly notifier: Notifier;
  /** Requests under way to one webhook. */
  readonly perWebhook: number;
  /** Requests under way in this process. */
  readonly gate: Gate;
  /** Webhooks that this process drains at once, by organization. */
  readonly places: Shares;
  /** What ends the drain of a webhook that is under way here: to be shared by all drains of the process. */
  readonly draining: Map<string, Promise<unknown>>;
}

export interface DrainBounds {
  readonly chance: Chance;
  /** Told after every step, so that whoever waits knows that the drain is alive. Throws to end it early. */
  readonly onProgress: () => void;
  /** After this long, in milliseconds, no new attempt is begun. */
  readonly atMostMs: number;
  readonly signal: AbortSignal;
  /** Whether nobody else can have taken over: asked right before each attempt. @default always */
  readonly isHeld?: () => boolean;
}

/** A delivery due within the next whole second is waited for here: a timer and a new activity would cost more. Milliseconds. */
const lingerMs = 1_100;

/** Due deliveries, and the webhook as it was when they were read, are read again after this long. Milliseconds. */
const pageStaleMs = 1_000;
const othersPauseMs = 100;
/** An organization that drains as many webhooks as it may comes back for the next after this long, and up to as long again. */
const crowdedMs = 2_000;

/**
 * Drains a webhook, as {@link drainOne}, once a drain of it that is under way here has ended: one that was given up, because
 * nothing was heard of it for too long, may still be sending.
 */
export async function drain(parts: DrainParts, webhookId: string, bounds: DrainBounds): Promise<number | null> {
  const { draining } = parts;
  const before = draining.get(webhookId);
  const mine = (before ?? Promise.resolve()).then(() => drainOne(parts, webhookId, bounds));
  // Whoever comes after waits for the end alone.
  const end = mine.then(
    () => {},
    () => {},
  );
  draining.set(webhookId, end);
  try {
    return await mine;
  } finally {
    if (draining.get(webhookId) === end) draining.delete(webhookId);
  }
}

/** As {@link attemptDue}, where its organization may have another webhook drained here. */
async function drainOne(parts: DrainParts, webhookId: string, bounds: DrainBounds): Promise<number | null> {
  const { places, pool, keys } = parts;
  const organizationId = (await loadWebhook(pool, keys, webhookId))?.organizationId;
  if (organizationId === undefined) return attemptDue(parts, webhookId, bounds);
  if (!places.admits(organizationId)) return Math.round(crowdedMs * (1 + bounds.chance.random()));
  places.take(organizationId);
  try {
    return await attemptDue(parts, webhookId, bounds);
  } finally {
    places.give(organizationId);
  }
}

/**
 * Attempts one webhook's due deliveries, as many at once as it may have, and takes the next as soon as one ends: a slow request
 * holds up its own place alone. What fails and is due again stays with the webhook's workflow.
 *
 * @returns milliseconds until the webhook's next waiting delivery is due; null where none waits
 */
async function attemptDue(parts: DrainParts, webhookId: string, bounds: DrainBounds): Promise<number | null> {
  const { pool } = parts;
  let limit = parts.perWebhook;
  /** How many more may be begun before the failures are counted again. */
  let starts = Number.POSITIVE_INFINITY;
  const { chance, isHeld = () => true } = bounds;
  const beganAt = performance.now();
  const underWay = new Map<string, Promise<void>>();
  let page: DeliveryTask[] = [];
  let pageReadAt = 0;
  const isStale = () => performance.now() - pageReadAt > pageStaleMs;
  /** Gives back room that was had before it could be used. */
  let leave: (() => void) | null = null;

  try {
    while (performance.now() - beganAt < bounds.atMostMs && !bounds.signal.aborted && isHeld()) {
      bounds.onProgress();
      if (page.length === 0 || isStale()) {
        const webhook = await loadWebhook(pool, parts.keys, webhookId);
        const onlyTests = webhook !== null && !webhook.deleted && webhook.stopped !== null;
        if (!webhook || webhook.stopped) await cancelAll(parts, webhookId, webhook, bounds);
        if (!webhook || webhook.deleted) break;
        // What ends here while the failures are being read is not free yet: its failure may not be counted in them.
        const mine = underWay.size;
        limit = onlyTests ? parts.perWebhook : await requestsAtOnce(parts, webhook);
        starts = onlyTests || webhook.disabledAt === null ? Number.POSITIVE_INFINITY : limit - mine;
        const now = new Date(chance.now());
        const most = 2 * Math.max(1, limit);
        const due = await dueDeliveries(pool, webhook, now, [...underWay.keys()], most, onlyTests);
        page = due.tasks;
        pageReadAt = performance.now();
        if (onlyTests && page.length === 0 && underWay.size === 0) break;
        if (due.unwantedIds.length > 0) {
          const reason = 'The webhook takes no events of this type any more.';
          const cancelled = await cancelDue(pool, webhookId, now, reason, {
            all: false,
            tests: false,
            only: due.unwantedIds,
          });
          parts.notifier.changed(webhook.organizationId, cancelled);
        }
      }
      while (page.length > 0 && underWay.size < limit && starts > 0) {
        leave ??= await parts.gate.enter((page[0] as DeliveryTask).envelope.organizationId);
        // In a busy process that took a while: what is to be sent now is read again, with the room kept.
        if (isStale() || !isHeld()) break;
        const done = leave;
        leave = null;
        starts--;
        const task = page.shift() as DeliveryTask;
        const id = task.envelope.deliveryId;
        underWay.set(
          id,
          make(parts, task, chance).finally(() => {
            underWay.delete(id);
            done();
          }),
        );
      }
      if (leave !== null && page.length > 0 && isStale()) continue;
      leave?.();
      leave = null;
      if (underWay.size > 0) {
        await Promise.race(underWay.values());
        // What was just counted decides what may still leave.
        if (page[0]?.webhook.disabledAt) page = [];
        continue;
      }
      if (page.length > 0) {
        // Its last allowed requests are under way in an API process.
        await new Promise((resolve) => setTimeout(resolve, othersPauseMs));
        page = [];
        continue;
      }
      const next = await nextDue(pool, webhookId);
      if (next === null) return null;
      const wait = next.getTime() - chance.now();
      if (wait > lingerMs) return wait;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, wait)));
    }
  } finally {
    leave?.();
    // Where the database cannot be read, they cannot be recorded either: until they are, whoever reads them finds them due.
    await Promise.allSettled(underWay.values());
  }

  const next = await nextDue(pool, webhookId);
  return next === null ? null : Math.max(0, next.getTime() - chance.now());
}

/** How many requests to a webhook may be under way here. */
async function requestsAtOnce({ pool, perWebhook }: DrainParts, webhook: DeliverableWebhook): Promise<number> {
  const budget = failureBudget(webhook);
  if (budget === null || webhook.disabledAt === null) return perWebhook;
  const { failures, health, leased } = await failuresAndLeases(pool, webhook.id);
  // While it is well the fast lanes keep to their part; then they send no more, and what they still have is leased.
  const left = health === 'HEALTHY' ? budget.drain : webhook.disabledAt - failures - leased;
  return Math.min(perWebhook, budget.drain, Math.max(0, left));
}

async function make(parts: DrainParts, task: DeliveryTask, chance: Chance): Promise<void> {
  const result = await attempt(parts.sender, task, chance);
  await parts.recorder.record(result);
}

async function cancelAll(
  parts: DrainParts,
  webhookId: string,
  webhook: DeliverableWebhook | null,
  { chance, onProgress, signal }: DrainBounds,
): Promise<void> {
  const reason = webhook?.stopped ?? 'The webhook was deleted.';
  const gone = webhook === null || webhook.deleted;
  // Switched off by people it may be switched on again before the others are due; otherwise nothing more will come of them.
  const all = gone || webhook.health === 'DISABLED';
  for (let more = true; more && !signal.aborted; ) {
    onProgress();
    const now = new Date(chance.now());
    const cancelled = await cancelDue(parts.pool, webhookId, now, reason, { all, tests: gone });
    if (webhook) parts.notifier.changed(webhook.organizationId, cancelled);
    more = cancelled.length === mostCancelled;
  }
}

import type { Delivery } from '@everhook/sdk';
import type { GithubEvent } from './payloads.ts';
import type { Receipt } from './receivers/listen.ts';
import type { Subscriber } from './subscribers.ts';

/** A row of the table: the results for the events that one webhook subscribed to. */
export interface Figures {
  readonly published: number;
  readonly delivered: number;
  /** Attempts after the first. */
  readonly retried: number;
  readonly failed: number;
  /** Deliveries whose signature the receiver verified at every attempt. */
  readonly verified: number;
  /** From the call of `publish` to the receiver's 2xx, in milliseconds; null if there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The expected counts, and bounds of the latencies. */
export interface Expected extends Omit<Figures, 'p50Ms' | 'p99Ms'> {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Far more than an idle machine takes: this is no benchmark, and must also pass on a busy machine. */
const slackMs = 30_000;

/** The expected figures, computed only from what is published and how receivers answer, not from anything measured. */
export function expectedOf({ webhook, ends, attempts, waitsMs }: Subscriber, events: readonly GithubEvent[]): Expected {
  const wanted = events.filter(({ type }) => !webhook.eventTypes || webhook.eventTypes.includes(type)).length;
  const delivered = ends === 'DELIVERED' ? wanted : 0;
  return {
    published: wanted,
    delivered,
    retried: wanted * (attempts - 1),
    failed: wanted - delivered,
    verified: delivered,
    minMs: waitsMs,
    maxMs: waitsMs + slackMs,
  };
}

/** A webhook's deliveries, and what its receiver got. */
export interface Observed {
  readonly deliveries: readonly Delivery[];
  readonly receipts: readonly Receipt[];
}

/**
 * @param observed - by webhook: the receivers of several webhooks may see the same id, the event's
 * @param publishedAt - by event id, milliseconds since the epoch
 */
export function observedOf(observed: readonly Observed[], publishedAt: ReadonlyMap<string, number>): Figures {
  const deliveries = observed.flatMap((each) => each.deliveries);
  const seen = new Map<Delivery, Receipt[] | undefined>();
  for (const each of observed) {
    const byId = new Map<string, Receipt[]>();
    for (const receipt of each.receipts) byId.set(receipt.id, [...(byId.get(receipt.id) ?? []), receipt]);
    // The id that a receiver sees is the event's or the delivery's, as the profile says.
    for (const delivery of each.deliveries) {
      seen.set(delivery, byId.get(delivery.event?.id ?? '') ?? byId.get(delivery.id));
    }
  }
  const latencies = deliveries.flatMap((delivery) => {
    const taken = seen.get(delivery)?.find(({ status }) => status < 300);
    return taken && delivery.event ? [taken.at - (publishedAt.get(delivery.event.id) ?? Number.NaN)] : [];
  });
  const verified = deliveries.filter((delivery) => seen.get(delivery)?.every((receipt) => receipt.verified));
  return {
    published: new Set(deliveries.map(({ event }) => event?.id)).size,
    delivered: deliveries.filter(({ status }) => status === 'DELIVERED').length,
    retried: deliveries.reduce((sum, { attemptCount }) => sum + attemptCount - 1, 0),
    failed: deliveries.filter(({ status }) => status === 'FAILED').length,
    verified: verified.length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

/** By nearest rank. Null for no values. */
export function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? null;
}

/** The differences between expected and observed, a sentence each. */
export function differences(name: string, expected: Expected, observed: Figures): string[] {
  const counts = (['published', 'delivered', 'retried', 'failed', 'verified'] as const).flatMap((figure) =>
    observed[figure] === expected[figure]
      ? []
      : [`${name}: ${figure} is ${observed[figure]}, but must be ${expected[figure]}.`],
  );
  const { minMs, maxMs } = expected;
  const times = (['p50Ms', 'p99Ms'] as const).flatMap((figure) => {
    const value = observed[figure];
    const good = expected.delivered === 0 ? value === null : value !== null && value >= minMs && value <= maxMs;
    return good ? [] : [`${name}: ${figure} is ${value}, but must be from ${minMs} to ${maxMs}.`];
  });
  return [...counts, ...times];
}

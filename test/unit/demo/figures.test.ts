import type { Delivery } from '@everhook/sdk';
import { describe, expect, it } from 'vitest';
import { differences, expectedOf, observedOf, percentile } from '../../../demo/figures.ts';
import { githubEvents } from '../../../demo/payloads.ts';
import { subscribers } from '../../../demo/subscribers.ts';
import { compiled } from '../jsonSchema/checking.ts';

const delivery = (id: string, status: Delivery['status'], attemptCount: number) =>
  ({ id, status, attemptCount, event: { id: `event of ${id}` } }) as Delivery;

const receipt = (id: string, status: number, at: number, verified = true) => ({ id, status, at, verified });

describe('the figures of the demo', () => {
  it('are counted from the log and from what receivers say', () => {
    const deliveries = [delivery('a', 'DELIVERED', 3), delivery('b', 'FAILED', 2), delivery('c', 'DELIVERED', 1)];
    const receipts = [
      ...[receipt('a', 503, 110), receipt('a', 200, 160)],
      ...[receipt('event of c', 204, 130, false), receipt('other', 200, 1)],
    ];
    const silent = { deliveries: [delivery('c', 'FAILED', 0)], receipts: [] };
    expect(observedOf([silent], new Map()).verified).toBe(0);
    const figures = observedOf(
      [{ deliveries, receipts }],
      new Map([
        ['event of a', 100],
        ['event of c', 120],
      ]),
    );
    expect(figures).toEqual({ published: 3, delivered: 2, retried: 3, failed: 1, verified: 1, p50Ms: 10, p99Ms: 60 });
  });

  it.each(['published', 'delivered', 'retried', 'failed', 'verified', 'p50Ms', 'p99Ms'] as const)(
    'are refused where %s is not what it must be',
    (figure) => {
      const expected = { published: 2, delivered: 2, retried: 2, failed: 0, verified: 2, minMs: 10, maxMs: 90 };
      const observed = { published: 2, delivered: 2, retried: 2, failed: 0, verified: 2, p50Ms: 10, p99Ms: 90 };
      expect(differences('it', expected, observed)).toEqual([]);
      expect(differences('it', expected, { ...observed, [figure]: 1 })).toEqual([expect.stringContaining(figure)]);
      expect(differences('it', expected, { ...observed, [figure]: 91 })).toEqual([expect.stringContaining(figure)]);
    },
  );

  it('have no latency where nothing is delivered', () => {
    const expected = { published: 1, delivered: 0, retried: 2, failed: 1, verified: 0, minMs: 0, maxMs: 9 };
    const observed = { published: 1, delivered: 0, retried: 2, failed: 1, verified: 0, p50Ms: null, p99Ms: null };
    expect(differences('it', expected, observed)).toEqual([]);
    expect(differences('it', expected, { ...observed, p50Ms: 5 })).toHaveLength(1);
  });

  it('take percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
    expect(percentile([], 0.5)).toBeNull();
  });

  it('must be 58 deliveries for who wants everything, and 4 for who names 4 types', () => {
    const wanted = subscribers.map((each) => expectedOf(each, githubEvents()).published);
    expect(wanted).toEqual([58, 58, 58, 4]);
  });
});

describe('the events of the demo', () => {
  it('each fit the schema that their type is registered with, and their types differ', () => {
    const events = githubEvents();
    for (const { schema, data, type } of events) {
      expect(compiled(schema).check(data, type, JSON.stringify(data).length).error).toBeNull();
    }
    expect(new Set(events.map(({ type }) => type)).size).toBe(events.length);
  });
});

import type { Delivery } from '@everhook/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filtersOf } from '../../../dashboard/src/deliveries/filters.ts';
import { type Changes, heldOf, viewOf, withUpdates } from '../../../dashboard/src/deliveries/liveView.ts';

const delivery = (id: number, version: number, status: Delivery['status'] = 'PENDING'): Delivery =>
  ({
    id: String(id).padStart(4, '0'),
    version,
    status,
    createdAt: '2026-06-27T09:15:23Z',
    eventType: 'a.b',
  }) as Delivery;

const none = filtersOf(new URLSearchParams());
const failed = filtersOf(new URLSearchParams('status=FAILED'));
const nothing: Changes = new Map();
const changesOf = (...updates: Delivery[]): Changes => withUpdates(nothing, updates);
const idsOf = (rows: readonly Delivery[]) => rows.map(({ id }) => Number(id));

describe('the list of deliveries with its live changes', () => {
  test('ends in the newest version of each, once, the newest delivery first, in whatever order they come', () => {
    const update = fc.record({ id: fc.integer({ min: 1, max: 12 }), version: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(fc.array(update, { maxLength: 8 }), { maxLength: 6 }), (batches) => {
        let changes = nothing;
        const loaded = [delivery(6, 3), delivery(3, 1)];
        const latest = new Map([
          [6, 3],
          [3, 1],
        ]);
        for (const batch of batches) {
          changes = withUpdates(
            changes,
            batch.map(({ id, version }) => delivery(id, version)),
          );
          for (const { id, version } of batch) latest.set(id, Math.max(version, latest.get(id) ?? 0));
        }
        const expected = [...latest].sort(([a], [b]) => b - a).map(([id, version]) => delivery(id, version));
        expect(viewOf(loaded, false, changes, none, null)).toEqual({ rows: expected, waiting: 0 });
      }),
    );
  });

  test('loses what no longer fits the filters, and gets what begins to', () => {
    const changes = changesOf(delivery(2, 2, 'RETRYING'), delivery(1, 2, 'FAILED'));
    const { rows } = viewOf([delivery(2, 1, 'FAILED')], false, changes, failed, null);
    expect(rows).toEqual([delivery(1, 2, 'FAILED')]);
  });

  test('leaves what is older than the pages that were read to its own page', () => {
    const { rows } = viewOf(
      [delivery(9, 1), delivery(8, 1)],
      true,
      changesOf(delivery(3, 2), delivery(10, 1)),
      none,
      null,
    );
    expect(idsOf(rows)).toEqual([10, 9, 8]);
  });

  test('keeps every row in its place while it is read: none comes in or leaves, and each shows its newest state', () => {
    const loaded = [delivery(9, 1, 'FAILED'), delivery(5, 1, 'FAILED')];
    const held = heldOf(loaded);
    const changes = changesOf(
      delivery(9, 2, 'DELIVERED'),
      delivery(7, 1, 'FAILED'),
      delivery(12, 1, 'FAILED'),
      delivery(11, 1, 'PENDING'),
    );
    expect(viewOf(loaded, false, changes, failed, held)).toEqual({
      rows: [delivery(9, 2, 'DELIVERED'), delivery(5, 1, 'FAILED')],
      waiting: 2,
    });
    // Afterwards what waited comes in, and what no longer fits leaves.
    expect(idsOf(viewOf(loaded, false, changes, failed, null).rows)).toEqual([12, 7, 5]);
  });

  test('goes on below while it is read: older pages come in', () => {
    const loaded = [delivery(9, 1), delivery(8, 1)];
    const held = heldOf(loaded);
    const longer = [...loaded, delivery(6, 1), delivery(4, 1)];
    expect(viewOf(longer, true, changesOf(delivery(10, 1)), none, held)).toEqual({ rows: longer, waiting: 1 });
  });

  test('keeps what is read where a list that is read again has only newer rows, and counts those', () => {
    const held = heldOf([delivery(3, 2), delivery(2, 1)]);
    const newer = Array.from({ length: 100 }, (_, place) => delivery(200 - place, 1));
    expect(viewOf(newer, true, changesOf(delivery(2, 3)), none, held)).toEqual({
      rows: [delivery(3, 2), delivery(2, 3)],
      waiting: 100,
    });
    // While nothing is read yet.
    expect(viewOf([], false, nothing, none, held).rows).toEqual([delivery(3, 2), delivery(2, 1)]);
  });

  test('keeps every row that is read, in its place and never older than it was, whatever is read again or told', () => {
    const row = fc
      .record({ id: fc.integer({ min: 1, max: 15 }), version: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() })
      .map(({ id, version, fails }) => delivery(id, version, fails ? 'FAILED' : 'DELIVERED'));
    const some = fc.array(row, { maxLength: 8 });
    const list = fc
      .uniqueArray(row, { maxLength: 8, selector: ({ id }) => id })
      .map((rows) => rows.sort((a, b) => (a.id < b.id ? 1 : -1)));
    const held = list.filter((rows) => rows.length > 0);
    fc.assert(
      fc.property(held, list, fc.boolean(), some, (read, loaded, hasMore, told) => {
        const { rows, waiting } = viewOf(loaded, hasMore, changesOf(...told), failed, heldOf(read));
        expect(idsOf(rows.slice(0, read.length))).toEqual(idsOf(read));
        for (const [place, { version }] of read.entries()) expect(rows[place]?.version).toBeGreaterThanOrEqual(version);
        // What comes in fits, and only below.
        expect(rows.slice(read.length).every(({ status }) => status === 'FAILED')).toBe(true);
        const free = viewOf(loaded, hasMore, changesOf(...told), failed, null).rows;
        const known = new Set(read.map(({ id }) => id));
        const last = read.at(-1)?.id ?? '';
        expect(waiting).toBe(free.filter(({ id }) => !known.has(id) && id > last).length);
      }),
    );
  });

  test('lets nothing in below what is read that does not fit the filters', () => {
    const held = heldOf([delivery(9, 1, 'FAILED')]);
    const told = changesOf(delivery(4, 2, 'DELIVERED'), delivery(3, 2, 'FAILED'));
    expect(idsOf(viewOf([delivery(9, 1, 'FAILED')], false, told, failed, held).rows)).toEqual([9, 3]);
  });
});

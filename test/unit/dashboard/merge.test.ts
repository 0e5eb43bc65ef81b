import type { Delivery, Page } from '@everhook/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filtersOf } from '../../../dashboard/src/deliveries/filters.ts';
import { merged, newest, rowsOf } from '../../../dashboard/src/deliveries/merge.ts';

const delivery = (id: number, version: number, status: Delivery['status'] = 'PENDING'): Delivery =>
  ({
    id: String(id).padStart(4, '0'),
    version,
    status,
    createdAt: '2026-06-27T09:15:23Z',
    eventType: 'a.b',
  }) as Delivery;

const pagesOf = (items: readonly Delivery[], hasNextPage = false): Page<Delivery>[] => [
  { items, pageInfo: { hasNextPage, hasPreviousPage: false, startCursor: null, endCursor: null } },
];

const none = filtersOf(new URLSearchParams());

describe('live changes in the list of deliveries', () => {
  test('end in the newest version of each, once, the newest delivery first, in whatever order they come', () => {
    const update = fc.record({ id: fc.integer({ min: 1, max: 12 }), version: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(fc.array(update, { maxLength: 8 }), { maxLength: 6 }), (batches) => {
        let pages = pagesOf([delivery(6, 3), delivery(3, 1)]);
        const latest = new Map([
          [6, 3],
          [3, 1],
        ]);
        for (const batch of batches) {
          pages = merged(pages, newest(batch.map(({ id, version }) => delivery(id, version))), none);
          for (const { id, version } of batch) latest.set(id, Math.max(version, latest.get(id) ?? 0));
        }
        const expected = [...latest].sort(([a], [b]) => b - a).map(([id, version]) => delivery(id, version));
        expect(rowsOf(pages)).toEqual(expected);
      }),
    );
  });

  test('take out what no longer fits the filters, and let in what begins to', () => {
    const failed = filtersOf(new URLSearchParams('status=FAILED'));
    const pages = merged(
      pagesOf([delivery(2, 1, 'FAILED')]),
      newest([delivery(2, 2, 'RETRYING'), delivery(1, 2, 'FAILED')]),
      failed,
    );
    expect(rowsOf(pages)).toEqual([delivery(1, 2, 'FAILED')]);
  });

  test('leave what is older than the pages that were read to its own page', () => {
    const pages = merged(
      pagesOf([delivery(9, 1), delivery(8, 1)], true),
      newest([delivery(3, 2), delivery(10, 1)]),
      none,
    );
    expect(rowsOf(pages).map(({ id }) => id)).toEqual(['0010', '0009', '0008']);
  });
});

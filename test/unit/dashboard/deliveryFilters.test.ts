import { describe, expect, test } from 'vitest';
import {
  filtersOf,
  filterText,
  recoveryFilter,
  sdkFilter,
  withFilters,
} from '../../../dashboard/src/deliveries/filters.ts';
import { labelsOf, labelsText } from '../../../dashboard/src/deliveries/labels.ts';
import { put, savedOf } from '../../../dashboard/src/deliveries/savedFilters.ts';
import { laterAttempts } from '../../../dashboard/src/deliveries/schedule.ts';

const of = (text: string) => filtersOf(new URLSearchParams(text));

describe('the filters of deliveries', () => {
  test('stand in the address, labels once for each', () => {
    const filters = of('label=customer%3Dc_42&label=region%3Deu%3Dwest&test=none&of=e1&status=FAILED');
    expect(sdkFilter(filters)).toEqual({
      labels: { customer: 'c_42', region: 'eu=west' },
      isTest: false,
      eventId: 'e1',
      statuses: ['FAILED'],
    });
  });

  test('ignore what an address has wrong', () => {
    expect(sdkFilter(of('status=LOST&direction=UP&code=9&test=maybe&label=Customer%3Dx&label=y&from=soon'))).toEqual(
      {},
    );
  });

  test('replace each other and leave the rest of the address', () => {
    const search = new URLSearchParams('project=p1&status=FAILED&label=a%3D1');
    expect(filterText(search)).toBe('status=FAILED&label=a%3D1');
    expect(withFilters(search, 'code=503').toString()).toBe('project=p1&code=503');
  });

  test('say what a recovery covers, and where nothing could be recovered', () => {
    expect(recoveryFilter(of('status=FAILED&label=a%3D1&from=2026-06-01T00:00Z'))).toEqual({
      statuses: ['FAILED'],
      labels: { a: '1' },
      from: '2026-06-01T00:00:00.000Z',
    });
    for (const text of ['direction=INBOUND', 'status=DELIVERED', 'status=RETRYING', 'test=only']) {
      expect(recoveryFilter(of(text)), text).toBeNull();
    }
  });

  test('take labels as people type them', () => {
    expect(labelsOf('customer=c_42, region = eu ,')).toEqual([
      ['customer', 'c_42'],
      ['region', 'eu'],
    ]);
    expect(labelsText(labelsOf('customer=c_42,region=eu') ?? [])).toBe('customer=c_42, region=eu');
    for (const wrong of ['customer', '=x', 'customer=', 'Customer=x']) expect(labelsOf(wrong), wrong).toBeNull();
  });
});

describe('saved filters', () => {
  test('have one of a name and one default', () => {
    const saved = [
      { name: 'Late', text: 'status=RETRYING', isDefault: true },
      { name: 'Mine', text: 'code=503', isDefault: false },
    ];
    expect(put(saved, { name: 'Mine', text: 'code=500', isDefault: true })).toEqual([
      { name: 'Late', text: 'status=RETRYING', isDefault: false },
      { name: 'Mine', text: 'code=500', isDefault: true },
    ]);
    expect(put(saved, { name: 'Slow', text: 'status=RETRYING', isDefault: true }, 'Late')).toEqual([
      { name: 'Mine', text: 'code=503', isDefault: false },
      { name: 'Slow', text: 'status=RETRYING', isDefault: true },
    ]);
  });

  test('are nothing where the storage holds something else', () => {
    for (const text of [null, '', '{', '{}', '[1]', '[{"name":1}]', 'null'])
      expect(savedOf(text), text ?? '').toEqual([]);
  });
});

test('the schedule of a waiting delivery says what comes after the next attempt, and about when', () => {
  const retry = {
    attempt: 2,
    nextAttemptAt: '2026-06-27T10:00:00.000Z',
    remaining: 2,
    schedule: ['PT5S', 'PT5M', 'PT1H'],
  };
  expect(laterAttempts(retry)).toEqual([
    { number: 3, after: 'PT5M', at: '2026-06-27T10:05:00.000Z' },
    { number: 4, after: 'PT1H', at: '2026-06-27T11:05:00.000Z' },
  ]);
  // A schedule that became shorter meanwhile.
  expect(laterAttempts({ ...retry, schedule: ['PT5S'], remaining: 0 })).toEqual([]);
});

import { afterEach, describe, expect, test, vi } from 'vitest';
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

import { filtersOf as eventsOf } from '../../../dashboard/src/events/filters.ts';
import { auditFilterOf, auditSearchOf } from '../../../dashboard/src/settings/auditSearch.ts';
import { fieldText, instantText } from '../../../dashboard/src/time/instant.ts';

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

describe('the times of filters', () => {
  afterEach(() => vi.unstubAllEnvs());
  const inZone = (zone: string) => vi.stubEnv('TZ', zone);

  test('are the same instant wherever a link to them is opened, and each field shows it in its own zone', () => {
    inZone('Europe/Berlin');
    const typed = { from: instantText('2026-03-01T10:00') ?? '', to: instantText('2026-07-01T10:00') ?? '' };
    const link = new URLSearchParams(typed);
    expect(link.toString()).toBe('from=2026-03-01T09%3A00Z&to=2026-07-01T08%3A00Z');
    for (const [zone, from, to] of [
      ['Europe/Berlin', '2026-03-01T10:00', '2026-07-01T10:00'],
      ['America/New_York', '2026-03-01T04:00', '2026-07-01T04:00'],
      ['Asia/Kolkata', '2026-03-01T14:30', '2026-07-01T13:30'],
    ] as const) {
      inZone(zone);
      for (const found of [filtersOf(link), eventsOf(link), auditSearchOf(link)])
        expect([fieldText(found.from), fieldText(found.to)], zone).toEqual([from, to]);
      expect(recoveryFilter(filtersOf(link))?.from).toBe('2026-03-01T09:00:00.000Z');
      expect(auditFilterOf(auditSearchOf(link)).from).toEqual(new Date('2026-03-01T09:00Z'));
      expect(filterText(link)).toBe(link.toString());
    }
  });

  test('come back into a field as they were typed, also half of them', () => {
    for (const zone of ['Europe/Berlin', 'Pacific/Honolulu', 'UTC']) {
      inZone(zone);
      for (const text of ['2026-10-25T02:30', '0002-03-01T10:00', '0202-12-31T23:59', '1999-01-01T00:00'])
        expect(fieldText(instantText(text)), `${text} in ${zone}`).toBe(text);
      expect([fieldText(''), fieldText(null), instantText(''), instantText('soon')]).toEqual(['', '', null, null]);
    }
  });

  test('of older links and saved filters are read in the zone of the browser, and kept as instants from then on', () => {
    inZone('America/New_York');
    const old = 'from=2026-03-01T10%3A00&status=FAILED';
    expect(sdkFilter(of(old)).from).toEqual(new Date('2026-03-01T15:00Z'));
    expect(savedOf(JSON.stringify([{ name: 'Night', text: old, isDefault: false }]))).toEqual([
      { name: 'Night', text: 'status=FAILED&from=2026-03-01T15%3A00Z', isDefault: false },
    ]);
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

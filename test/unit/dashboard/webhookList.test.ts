import type { Webhook, WebhookActivity } from '@everhook/sdk';
import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../../../dashboard/src/webhook/timeline.ts';
import { forEach } from '../../../dashboard/src/webhooks/bulk.ts';
import { fits, listState, type Order, sorted } from '../../../dashboard/src/webhooks/listing.ts';
import { barsOf, successOf } from '../../../dashboard/src/webhooks/success.ts';

const webhook = (id: string, rest: Partial<Webhook> = {}): Webhook =>
  ({
    id,
    name: id,
    url: `https://example.com/${id}`,
    profile: 'STANDARD',
    active: true,
    health: 'HEALTHY',
    eventTypes: [],
    lastDispatchedAt: null,
    ...rest,
  }) as Webhook;
const hours = (...pairs: readonly (readonly [delivered: number, failed: number])[]) =>
  pairs.map(([delivered, failed], hour) => ({ from: `h${hour}`, delivered, failed })) as unknown as NonNullable<
    WebhookActivity['lastHours']
  >;

describe('the list of webhooks', () => {
  it('is what the address says, and nothing that it cannot say', () => {
    const of = (text: string) => listState(new URLSearchParams(text));
    expect(of('search=Berth&state=disabled&profile=TASKS&sort=-success&view=table')).toEqual({
      search: 'Berth',
      standing: 'disabled',
      profile: 'TASKS',
      order: { by: 'success', descending: true },
      view: 'table',
    });
    expect(of('state=ill&profile=X&sort=colour&view=globe')).toEqual({
      search: '',
      standing: null,
      profile: null,
      order: null,
      view: null,
    });
  });

  it('finds by name, URL, description and ids, within a state and a profile', () => {
    const state = listState(new URLSearchParams('search=QUAY&state=off'));
    expect(fits(webhook('a', { name: 'Quay board', active: false }), state)).toBe(true);
    expect(fits(webhook('a', { description: 'at the quay', active: false }), state)).toBe(true);
    expect(fits(webhook('a', { name: 'Quay board' }), state)).toBe(false);
    expect(fits(webhook('a', { name: 'Berth board', active: false }), state)).toBe(false);
  });

  it.each<[order: Order | null, expected: string]>([
    [null, 'b a c'],
    [{ by: 'name', descending: false }, 'a b c'],
    [{ by: 'state', descending: false }, 'c b a'],
    [{ by: 'last', descending: true }, 'a b c'],
    [{ by: 'last', descending: false }, 'b a c'],
    [{ by: 'events', descending: true }, 'a b c'],
    [{ by: 'success', descending: false }, 'b a c'],
    [{ by: 'success', descending: true }, 'a b c'],
    [{ by: 'waiting', descending: true }, 'b a c'],
  ])('goes by %j as %s; what is not known comes last', (order, expected) => {
    const list = [
      webhook('b', { active: false, lastDispatchedAt: '2026-11-27T10:00:00.000Z', eventTypes: ['x', 'y'] }),
      webhook('a', { lastDispatchedAt: '2026-11-27T11:00:00.000Z' }),
      webhook('c', { health: 'DISABLED', eventTypes: ['x'] }),
    ];
    const activities = new Map([
      ['b', { id: 'b', heldCount: 5, lastHours: hours([1, 1]) } as unknown as WebhookActivity],
      ['a', { id: 'a', heldCount: 0, lastHours: hours([9, 1]) } as unknown as WebhookActivity],
    ]);
    expect(
      sorted(list, order, activities)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(expected);
  });
});

describe('the success of 24 hours', () => {
  it('is a thin line of red where little failed, and no bar where nothing ended', () => {
    expect(successOf(hours([995, 5]))).toEqual({ ended: 1_000, share: 0.995 });
    expect(successOf(hours([0, 0]))).toEqual({ ended: 0, share: null });
    const [most, few, none, bad] = barsOf(hours([995, 5], [10, 0], [0, 0], [0, 10]));
    expect(most?.height).toBe(1);
    expect(most?.failed).toBeLessThan(0.1);
    expect(most?.failed).toBeGreaterThan(0);
    expect(few).toMatchObject({ failed: 0, isEmpty: false });
    expect(few?.height).toBeGreaterThanOrEqual(0.1);
    expect(none).toMatchObject({ height: 0, isEmpty: true });
    expect(bad?.failed).toBe(bad?.height);
  });
});

describe('an action on many webhooks', () => {
  const three = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => webhook(id));

  it('goes on where one fails, and names it', async () => {
    const told: number[] = [];
    const deed = async ({ id }: Webhook) => {
      if (id === 'c') throw new Error('The harbour master says no.');
    };
    const end = await forEach(three, deed, new AbortController().signal, ({ done }) => told.push(done));
    expect(end).toMatchObject({ total: 6, done: 6, stopped: false });
    expect(end.failures).toMatchObject([{ webhook: { id: 'c' }, message: 'The harbour master says no.' }]);
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6, 6]);
  });

  it('begins no more once it is stopped', async () => {
    const ending = new AbortController();
    const touched: string[] = [];
    const end = await forEach(
      three,
      async ({ id }) => {
        touched.push(id);
        ending.abort();
      },
      ending.signal,
      () => {},
    );
    expect(end).toMatchObject({ stopped: true, done: touched.length });
    expect(touched.length).toBeLessThan(6);
  });
});

describe('the health of a webhook over time', () => {
  const now = Date.parse('2026-11-28T00:00:00.000Z');
  const at = (daysAgo: number) => new Date(now - daysAgo * 86_400_000).toISOString();
  const change = (from: string, to: string, daysAgo: number, reason: string | null = null) =>
    ({ id: `${daysAgo}`, from, to, at: at(daysAgo), reason }) as never;

  it('goes from its creation until now, stretch by stretch', () => {
    const changes = [change('DISABLED', 'HEALTHY', 1), change('HEALTHY', 'DISABLED', 3, 'It answered 410.')];
    expect(stretchesOf({ health: 'HEALTHY', createdAt: at(10), changes, hasMore: false, now })).toEqual([
      { health: 'HEALTHY', from: Date.parse(at(10)), to: Date.parse(at(3)), reason: null },
      { health: 'DISABLED', from: Date.parse(at(3)), to: Date.parse(at(1)), reason: 'It answered 410.' },
      { health: 'HEALTHY', from: Date.parse(at(1)), to: now, reason: null },
    ]);
  });

  it('begins 30 days back, and no earlier than what is known', () => {
    const old = stretchesOf({ health: 'HEALTHY', createdAt: at(90), changes: [], hasMore: false, now });
    expect(old).toEqual([{ health: 'HEALTHY', from: Date.parse(at(30)), to: now, reason: null }]);
    const changes = [change('HEALTHY', 'DEGRADED', 2)];
    expect(stretchesOf({ health: 'DEGRADED', createdAt: at(90), changes, hasMore: true, now })).toEqual([
      { health: 'DEGRADED', from: Date.parse(at(2)), to: now, reason: null },
    ]);
  });
});

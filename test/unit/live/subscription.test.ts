import { describe, expect, it } from 'vitest';
import { SharedQuota } from '../../../core/fairness/quota.ts';
import type { Change } from '../../../core/live/changeSource.ts';
import { Subscription } from '../../../core/live/subscription.ts';

const change = (n: number): Change => ({ id: `delivery ${n}`, version: 1, changedAt: n });

const subscriptionOf = (organizationId: string, limit: number, places: SharedQuota) =>
  new Subscription({ organizationId, things: 'deliveries' }, limit, places);

describe('the space for changes that subscribers have not read yet', () => {
  it('is shared: subscriptions of an organization that leaves too much unread end, and others go on', () => {
    const places = new SharedQuota(100);
    const busy = Array.from({ length: 3 }, () => subscriptionOf('busy', 1_000, places));
    const other = subscriptionOf('other', 1_000, places);
    // One organization may have 75 of 100 places: three times 25.
    for (let n = 0; n < 25; n++) for (const each of busy) each.offer(change(n));
    busy[0]?.offer(change(25));
    expect(() => busy[0]?.isWanted()).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    for (let n = 0; n < 15; n++) other.offer(change(n));
    expect(other.isWanted()).toBe(true);
    expect(other.take()).toHaveLength(15);
    // The places of the ended one are free for the others of its organization.
    for (let n = 25; n < 30; n++) busy[1]?.offer(change(n));
    expect(busy[1]?.isWanted()).toBe(true);
  });

  it('counts taken changes until the next are taken, and nothing once the subscription has ended', () => {
    const places = new SharedQuota(8);
    const subscription = subscriptionOf('a', 100, places);
    for (let n = 0; n < 3; n++) subscription.offer(change(n));
    expect(subscription.take()).toHaveLength(3);
    for (let n = 3; n < 6; n++) subscription.offer(change(n));
    // A delivery that changes again takes no second place.
    subscription.offer(change(5));
    expect(subscription.take()).toHaveLength(3);
    expect(subscription.take()).toEqual([]);
    subscription.offer(change(6));
    subscription.end();
    expect(places.take('b', 6)).toBe(true);
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Lane } from '../../../core/deliveries/lane.ts';
import type { DeliveryTask } from '../../../core/deliveries/task.ts';

const task = (deliveryId: string) => ({ envelope: { deliveryId } }) as DeliveryTask;

function laneWith(count: number, limit: number): Lane {
  const lane = new Lane('webhook', 'organization', () => limit);
  for (let index = 0; index < count; index++) lane.enqueue(task(`delivery ${index}`));
  return lane;
}

describe('a webhook’s lane', () => {
  afterEach(() => void vi.useRealTimers());

  it('gives out deliveries in the order in which they came, up to its limit', () => {
    const lane = laneWith(3, 2);
    expect(lane.take()?.envelope.deliveryId).toBe('delivery 0');
    expect(lane.take()?.envelope.deliveryId).toBe('delivery 1');
    expect(lane.take()).toBeUndefined();
    lane.finished('delivery 0');
    expect(lane.take()?.envelope.deliveryId).toBe('delivery 2');
  });

  it('is stalled when every request in flight is stuck for more than a second', () => {
    vi.useFakeTimers();
    const lane = laneWith(3, 2);
    lane.take();
    vi.advanceTimersByTime(5_000);
    expect(lane.stalled).toBe(false);
    lane.take();
    expect(lane.stalled).toBe(true);
  });

  it('sends two at a time to a receiver that was slow, until it answers one quickly', () => {
    vi.useFakeTimers();
    const lane = laneWith(10, 4);
    for (let index = 0; index < 4; index++) lane.take();
    vi.advanceTimersByTime(2_000);
    for (let index = 0; index < 4; index++) lane.finished(`delivery ${index}`);
    expect([lane.take(), lane.take(), lane.take()].filter(Boolean)).toHaveLength(2);
    expect(lane.idle).toBe(false);
    lane.finished('delivery 4');
    expect([lane.take(), lane.take(), lane.take()].filter(Boolean)).toHaveLength(3);
  });

  it('keeps count and order over thousands of deliveries', () => {
    const lane = laneWith(5_000, 1);
    for (let index = 0; index < 5_000; index++) {
      expect(lane.queued).toBe(5_000 - index);
      expect(lane.take()?.envelope.deliveryId).toBe(`delivery ${index}`);
      lane.finished(`delivery ${index}`);
    }
    expect(lane.idle).toBe(true);
  });

  it('hands over everything that has not been sent', () => {
    const lane = laneWith(5, 2);
    lane.take();
    expect(lane.takeAll().map((left) => left.envelope.deliveryId)).toEqual([
      'delivery 1',
      'delivery 2',
      'delivery 3',
      'delivery 4',
    ]);
    expect(lane.queued).toBe(0);
  });
});

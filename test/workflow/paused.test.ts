import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelUpdate, retryNowUpdate, setPausedUpdate, waitingQuery } from '../../workflows/deliver.ts';
import { Ownership } from '../support/ownership.ts';
import { Receiver } from '../support/receiver.ts';

const HOUR = 3_600_000;
const patience = { timeout: 60_000, interval: 100 };

describe('a webhook’s workflow whose retries are paused', () => {
  let owned: Ownership;
  let stopWorker: () => Promise<void>;

  beforeAll(async () => {
    owned = await Ownership.start();
    stopWorker = await owned.startWorker();
  });
  afterAll(async () => {
    await stopWorker();
    await owned.close();
  });

  const waitingAt = (id: string) =>
    owned
      .handle(id)
      .query(waitingQuery, 1_000)
      .catch(() => []);

  /** How many reads of rows the workflow has ordered. */
  async function readsOf(id: string): Promise<number> {
    const { events } = await owned.handle(id).fetchHistory();
    const ordered = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
    return ordered.filter((name) => name === 'admit').length;
  }

  it('reads its rows once, however many are due and however often it is woken, and all when it goes on', async () => {
    const receiver = await new Receiver(() => 200).listen();
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['crane.moved'], scheduleMs: [HOUR] });
    await owned.waitingRows(id, 1, HOUR);
    await owned.tell(id, { kind: 'wake', delayMs: 0, andLater: true });
    await expect.poll(async () => (await waitingAt(id)).length, patience).toBe(1);
    const handle = owned.handle(id);
    await handle.executeUpdate(setPausedUpdate, { args: [true] });
    const before = await readsOf(id);
    await owned.waitingRows(id, 1_200, -1_000);
    const wake = () => owned.tell(id, { kind: 'wake', delayMs: 0, andLater: false });
    await wake();
    await expect.poll(async () => (await waitingAt(id)).length, patience).toBeGreaterThan(500);
    // Longer than the second after which it would read again.
    for (let n = 0; n < 3; n++) {
      await sleep(1_000);
      await wake();
    }
    // It has handled the last wake before it answers.
    expect(await handle.executeUpdate(setPausedUpdate, { args: [true] })).toBe(true);
    expect((await readsOf(id)) - before).toBe(1);
    expect(receiver.received).toEqual([]);
    await handle.executeUpdate(setPausedUpdate, { args: [false] });
    await expect
      .poll(async () => (await owned.rows(id)).filter(({ status }) => status === 'DELIVERED').length, patience)
      .toBe(1_200);
    await handle.terminate();
    await receiver.close();
  }, 120_000);

  it('lets first attempts go on, and ends once nothing waits; the pause ends with it', async () => {
    const receiver = await new Receiver((_, count) => (count <= 3 ? 500 : 200)).listen();
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['first'], scheduleMs: [HOUR] });
    await owned.publish('first', 1);
    const handle = owned.handle(id);
    await expect
      .poll(() => handle.executeUpdate(setPausedUpdate, { args: [true] }).catch(() => null), patience)
      .toBe(true);
    await owned.publish('first', 1);
    await receiver.count(2);
    await expect.poll(async () => (await waitingAt(id)).length, patience).toBe(2);
    for (const { id: deliveryId } of await waitingAt(id))
      await handle.executeUpdate(cancelUpdate, { args: [deliveryId, 'The crane is gone.'] });
    await handle.result();
    expect(receiver.received).toHaveLength(2);

    await owned.publish('first', 1);
    await expect.poll(async () => (await waitingAt(id)).length, patience).toBe(1);
    const [third] = await waitingAt(id);
    // Paused, it would refuse.
    await owned.handle(id).executeUpdate(retryNowUpdate, { args: [third?.id as string] });
    await owned.handle(id).result();
    expect((await owned.rows(id)).map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CANCELLED', 'DELIVERED']);
    await receiver.close();
  }, 120_000);
});

import { ActivityNotFoundError, type Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Hold, whileHeld } from '../../../workflows/activities/whileHeld.ts';

const holder = 'this worker';

describe('a worker that holds an activity', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What Temporal answers to a heartbeat. */
  let answer: () => Promise<void>;

  /** An activity that works until it is ended. @param info - its number and the details of the run before */
  async function holding(info: { attempt: number; heartbeatDetails?: unknown } = { attempt: 1 }) {
    const told: unknown[] = [];
    const heartbeat = (_: Uint8Array, details: unknown) => {
      told.push(details);
      return answer();
    };
    const withAbortSignal = <T>(_: AbortSignal, work: () => T) => work();
    const client = { activity: { heartbeat }, withAbortSignal } as unknown as Client;
    const environment = new MockActivityEnvironment(info, { client });
    let end = (_?: Error) => {};
    const hold = await new Promise<Hold & { ended: Promise<unknown> }>((resolve) => {
      const ended: Promise<unknown> = environment.run(() =>
        whileHeld(holder, (given) => {
          const work = new Promise<void>((done, fail) => {
            end = (error) => (error ? fail(error) : done());
          });
          queueMicrotask(() => resolve({ ...given, ended }));
          return work;
        }),
      );
    });
    return { ...hold, end: (error?: Error) => end(error), told };
  }

  it('holds it while Temporal answers its heartbeats', async () => {
    answer = async () => {};
    const hold = await holding();
    for (let second = 0; second < 60; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(hold.isHeld()).toBe(true);
    }
    expect(hold.told).toContainEqual({ holder });
    hold.end();
    await hold.ended;
  });

  it('holds it no longer once Temporal has not answered for 8 s, though it sends heartbeats', async () => {
    answer = async () => {};
    const hold = await holding();
    await vi.advanceTimersByTimeAsync(10_000);
    answer = () => new Promise(() => {});
    await vi.advanceTimersByTimeAsync(7_900);
    expect(hold.isHeld()).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(hold.isHeld()).toBe(false);
    // What is lost stays lost: another one may be at it.
    answer = async () => {};
    await vi.advanceTimersByTimeAsync(10_000);
    expect(hold.isHeld()).toBe(false);
    hold.end();
    await hold.ended;
  });

  it('counts from when a heartbeat was sent, not from when its answer came', async () => {
    let late = () => {};
    answer = () =>
      new Promise<void>((resolve) => {
        late = resolve;
      });
    const hold = await holding();
    await vi.advanceTimersByTimeAsync(2_000);
    const first = late;
    answer = () => new Promise(() => {});
    await vi.advanceTimersByTimeAsync(5_900);
    first();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(hold.isHeld()).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(hold.isHeld()).toBe(false);
    hold.end();
    await hold.ended;
  });

  it('loses it at once where Temporal says that it is another’s', async () => {
    answer = () => Promise.reject(new ActivityNotFoundError('not found'));
    const hold = await holding();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(hold.isHeld()).toBe(false);
    hold.end();
    await hold.ended;
  });

  it('says that it has given it back where it fails, so that the next need not wait', async () => {
    answer = async () => {};
    const hold = await holding();
    hold.end(new Error('The database is away.'));
    await expect(hold.ended).rejects.toThrow('The database is away.');
    expect(hold.told).toEqual([{ holder: null }]);
  });

  it('names the one before until nothing of that one is open: whoever comes next has to wait for it, too', async () => {
    answer = async () => {};
    for (const [heartbeatDetails, named] of [
      [{ holder: 'another worker' }, { holder: 'another worker' }],
      [undefined, undefined],
    ]) {
      const waiting = await holding({ attempt: 2, heartbeatDetails });
      await vi.advanceTimersByTimeAsync(2_000);
      waiting.end(new Error('The database is away.'));
      await expect(waiting.ended).rejects.toThrow();
      expect(waiting.told).toEqual([named, named]);
      const taken = await holding({ attempt: 2, heartbeatDetails });
      taken.onTaken();
      await vi.advanceTimersByTimeAsync(2_000);
      taken.end(new Error('The database is away.'));
      await expect(taken.ended).rejects.toThrow();
      expect(taken.told).toEqual([{ holder }, { holder: null }]);
    }
  });

  it('knows who held it before, besides itself and who has given it back', async () => {
    answer = async () => {};
    const formerOf = async (attempt: number, heartbeatDetails?: unknown) => {
      const { former, end, ended } = await holding({ attempt, heartbeatDetails });
      end();
      await ended;
      return former;
    };
    expect(await formerOf(1)).toBeUndefined();
    expect(await formerOf(2, { holder: 'another worker' })).toBe('another worker');
    expect(await formerOf(2, { holder })).toBeUndefined();
    expect(await formerOf(2, { holder: null })).toBeUndefined();
    // An earlier version said nothing.
    expect(await formerOf(2)).toBeNull();
  });
});

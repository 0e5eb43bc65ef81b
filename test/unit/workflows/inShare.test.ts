import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedQuota } from '../../../core/fairness/quota.ts';
import { comesAgainMs, inShare } from '../../../workflows/activities/inShare.ts';
import { capacityOf } from '../../../workflows/worker/capacity.ts';

/** An activity's work that goes on until it is ended. */
function lasting() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, work: () => ended };
}

describe('an activity that needs a place of its worker', () => {
  const enter = (places: SharedQuota, organization: string, work: () => Promise<unknown>, attempt = 1) => {
    const later: number[] = [];
    const onLater = async (ms: number) => void later.push(ms);
    const answer: Promise<unknown> = new MockActivityEnvironment({ attempt }).run(() =>
      inShare(places, organization, work, onLater),
    );
    return { answer, later };
  };

  it('works where its organization has one, and otherwise is told to come again, while others still find one', async () => {
    const places = new SharedQuota(8);
    const works = Array.from({ length: 6 }, lasting);
    const begun = works.map(({ work }) => enter(places, 'hostile', work).answer);
    const refused = enter(places, 'hostile', async () => 'never');
    await expect(refused.answer).rejects.toMatchObject({ type: 'Crowded', category: 'BENIGN', nonRetryable: false });
    const error = (await refused.answer.catch((reason) => reason)) as { nextRetryDelay: number };
    expect(refused.later).toEqual([error.nextRetryDelay]);
    expect(await enter(places, 'innocent', async () => 'done').answer).toBe('done');

    works[0]?.end();
    await begun[0];
    expect(await enter(places, 'hostile', async () => 'done').answer).toBe('done');
    for (const { end } of works) end();
    await Promise.all(begun);
  });

  it('gives its place back when its work fails', async () => {
    const places = new SharedQuota(1);
    const fail = async () => {
      throw new Error('The database is away.');
    };
    await expect(enter(places, 'a', fail).answer).rejects.toThrow('The database is away.');
    expect(await enter(places, 'a', async () => 'done').answer).toBe('done');
  });

  it('comes again after a second or two, then less and less often, and at the latest after half a minute', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, random) => {
          const ms = comesAgainMs(n, random);
          expect(ms).toBeGreaterThanOrEqual(n === 1 ? 1_000 : 2_000);
          expect(ms).toBeLessThanOrEqual(n === 1 ? 2_000 : 30_000);
          expect(comesAgainMs(n + 1, random)).toBeGreaterThanOrEqual(ms);
        },
      ),
    );
  });
});

describe('the activities of a worker', () => {
  it('are never all held by lists, issues and recoveries, whoever asks for them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 1_000 }),
        fc.integer({ min: 1, max: 100 }),
        (activities, organizations) => {
          const { places, issuePlaces, recoveryPlaces } = capacityOf(activities);
          let held = 0;
          for (let index = 0; index < organizations; index++) {
            const name = String(index);
            for (; places.admits(name); held++) places.take(name);
            while (issuePlaces.take(name)) held++;
            while (recoveryPlaces.places.take(name)) held++;
          }
          expect(held).toBeLessThanOrEqual(activities * 0.9);
        },
      ),
    );
  });
});

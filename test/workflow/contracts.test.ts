import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ProfileName } from '../../core/profiles/profile.ts';
import { profileOf } from '../../core/profiles/registry.ts';
import { Receiver } from '../support/receiver.ts';
import { SkippedTime } from '../support/skippedTime.ts';

const DAY = 86_400_000;

// The rows of the contracts' table that take time. test/workflow/schedules.test.ts has the schedules and their jitter;
// test/integration/profiles/contracts.test.ts has those that a running service shows at once.
describe('the row', () => {
  let time: SkippedTime;
  let receiver: Receiver;

  beforeAll(async () => {
    time = await SkippedTime.start('contracts');
  });
  afterEach(() => receiver.close());
  afterAll(() => time.close());

  const oneAttempt = (profile: ProfileName) => ({ profile, scheduleMs: [] });

  describe('health policy', () => {
    it.each(['PLANE', 'ONPLANA', 'PLANE_CONNECTION'] as const)(
      'of %s: a badge from the fifth failure on, never disabled, and healthy after one success',
      async (profile) => {
        let code = 500;
        receiver = await new Receiver(() => code).listen();
        const webhook = await time.webhook(receiver.url, oneAttempt(profile));
        await time.deliver(webhook, 4);
        expect(await time.healthOf(webhook)).toEqual({ health: 'HEALTHY', reason: null, failures: 4 });
        await time.deliver(webhook, 1);
        expect(await time.healthOf(webhook)).toMatchObject({ health: 'DEGRADED', failures: 5 });
        await time.deliver(webhook, 40);
        expect(await time.healthOf(webhook)).toMatchObject({ health: 'DEGRADED', failures: 45 });
        expect(receiver.received).toHaveLength(45);
        code = 200;
        const { ids } = await time.deliver(webhook, 1);
        expect(await time.statusOf(ids[0])).toMatchObject({ status: 'DELIVERED' });
        expect(await time.healthOf(webhook)).toEqual({ health: 'HEALTHY', reason: null, failures: 0 });
      },
    );

    it.each(['TESTPLANIT', 'SLACK'] as const)(
      'of %s: DEGRADED at five, DISABLED at ten failures in a row, and no eleventh attempt; a success starts anew',
      async (profile) => {
        // Four failures, a success, ten failures.
        receiver = await new Receiver((_, count) => (count === 5 ? 200 : 500)).listen();
        const webhook = await time.webhook(receiver.url, oneAttempt(profile));
        await time.deliver(webhook, 4);
        await time.deliver(webhook, 1);
        expect(await time.healthOf(webhook)).toEqual({ health: 'HEALTHY', reason: null, failures: 0 });
        await time.deliver(webhook, 4);
        expect(await time.healthOf(webhook)).toMatchObject({ health: 'HEALTHY', failures: 4 });
        await time.deliver(webhook, 1);
        expect(await time.healthOf(webhook)).toMatchObject({ health: 'DEGRADED', failures: 5 });
        const { ids } = await time.deliver(webhook, 7);
        expect(await time.healthOf(webhook)).toEqual({
          health: 'DISABLED',
          reason: '10 attempts in a row failed.',
          failures: 10,
        });
        expect(receiver.received).toHaveLength(15);
        const statuses = await Promise.all(ids.map(async (id) => (await time.statusOf(id)).status));
        expect(statuses.sort()).toEqual([...Array(2).fill('CANCELLED'), ...Array(5).fill('FAILED')]);
      },
    );

    it('of TASKS: disabled when a delivery has failed its third retry', async () => {
      receiver = await new Receiver(() => 500).listen();
      const { webhook, ids } = await time.runToItsEnd(receiver.url, { profile: 'TASKS' });
      expect(receiver.received).toHaveLength(4);
      expect(await time.statusOf(ids[0])).toMatchObject({ status: 'FAILED' });
      expect(await time.healthOf(webhook)).toMatchObject({ health: 'DISABLED', failures: 4 });
      const { ids: later } = await time.deliver(webhook);
      expect(receiver.received).toHaveLength(4);
      expect(await time.statusOf(later[0])).toMatchObject({ status: 'CANCELLED' });
    });

    it('of TASKS: not disabled where another delivery succeeded meanwhile', async () => {
      receiver = await new Receiver((_, count) => (count === 2 ? 200 : 500)).listen();
      // Two deliveries: one of them succeeds with the second request, the other fails four times.
      const { webhook, ids } = await time.runToItsEnd(receiver.url, { profile: 'TASKS' }, 2);
      const statuses = await Promise.all(ids.map(async (id) => (await time.statusOf(id)).status));
      expect(statuses.sort()).toEqual(['DELIVERED', 'FAILED']);
      expect(await time.healthOf(webhook)).toMatchObject({ health: 'DEGRADED', failures: 3 });
    });

    it('of STANDARD: DEGRADED at five failures in a row, DISABLED after five days without one success', async () => {
      receiver = await new Receiver(() => 503).listen();
      const scheduleMs = [0.5 * DAY, 1 * DAY, 1 * DAY, 1 * DAY, 1 * DAY, 1 * DAY, 1 * DAY];
      const { webhook, ids } = await time.runToItsEnd(receiver.url, { profile: 'STANDARD', scheduleMs });
      const attempts = await time.attemptsOf(ids[0]);
      const first = attempts[0]?.started_at.getTime() as number;
      const last = attempts.at(-1)?.started_at.getTime() as number;
      const oneBefore = attempts.at(-2)?.started_at.getTime() as number;
      expect(last - first).toBeGreaterThanOrEqual(5 * DAY);
      expect(oneBefore - first).toBeLessThan(5 * DAY);
      expect(await time.healthOf(webhook)).toMatchObject({ health: 'DISABLED', failures: attempts.length });
      expect(await time.statusOf(ids[0])).toMatchObject({ status: 'CANCELLED' });
    });

    it('of STANDARD: DISABLED at once by 410', async () => {
      receiver = await new Receiver(() => 410).listen();
      const { webhook, ids } = await time.runToItsEnd(receiver.url, { profile: 'STANDARD' });
      expect(receiver.received).toHaveLength(1);
      expect(await time.healthOf(webhook)).toMatchObject({ health: 'DISABLED', failures: 1 });
      expect(await time.statusOf(ids[0])).toMatchObject({ status: 'CANCELLED' });
    });
  });

  it('retries: the delivery id and the body stay the same over all of them, and so does the signature', async () => {
    receiver = await new Receiver(() => 500).listen();
    await time.runToItsEnd(receiver.url, { profile: 'PLANE_CONNECTION' });
    const { received } = receiver;
    expect(received).toHaveLength(profileOf('PLANE_CONNECTION').scheduleMs.length + 1);
    for (const header of ['x-planeconnection-delivery', 'x-planeconnection-signature'])
      expect(new Set(received.map(({ headers }) => headers[header])).size).toBe(1);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });
});

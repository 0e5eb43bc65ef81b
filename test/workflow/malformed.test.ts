import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failures } from '../../core/deliveries/ownership.ts';
import { cancelUpdate, retryNowUpdate, setPausedUpdate, waitingQuery, wakeSignal } from '../../workflows/deliver.ts';
import { deliverWorkflowId } from '../../workflows/names.ts';
import { Ownership } from '../support/ownership.ts';
import { Receiver } from '../support/receiver.ts';

const HOUR = 3_600_000;
const patience = { timeout: 40_000, interval: 100 };
const other = '01a1fde4-1083-7030-bc47-ea600b077cd0';

// Anybody at Temporal's command line can send these.
describe('a webhook’s workflow that is sent something malformed', () => {
  let owned: Ownership;
  let receiver: Receiver;
  let stopWorker: () => Promise<void>;
  const started: string[] = [];

  beforeAll(async () => {
    owned = await Ownership.start();
    stopWorker = await owned.startWorker();
    receiver = await new Receiver(() => 200).listen();
  });
  afterAll(async () => {
    for (const id of started) {
      await owned
        .handle(id)
        .terminate()
        .catch(() => {});
    }
    await stopWorker();
    await receiver.close();
    await owned.close();
  });

  /** A webhook with a delivery that waits in its row alone. */
  async function webhook(dueInMs: number): Promise<{ id: string; deliveryId: string }> {
    const { id } = await owned.webhook(receiver.url, { eventTypes: ['crane.moved'], scheduleMs: [HOUR] });
    started.push(id);
    const [deliveryId] = await owned.waitingRows(id, 1, dueInMs);
    return { id, deliveryId: deliveryId as string };
  }

  async function startWith(webhookId: string, signal: 'failed' | 'wake', signalArgs: unknown[]): Promise<void> {
    await owned.client.workflow.signalWithStart('deliver', {
      ...{ workflowId: deliverWorkflowId(webhookId), taskQueue: owned.taskQueue, args: [webhookId] },
      ...{ signal, signalArgs },
    });
  }

  /** For each case, what became of the delivery that waits beside what is malformed. */
  async function statuses(
    cases: Record<string, (deliveryId: string) => ['failed' | 'wake', unknown[]]>,
  ): Promise<Record<string, string>> {
    const deliveries = new Map<string, string>();
    await Promise.all(
      Object.entries(cases).map(async ([name, signalOf]) => {
        const { id, deliveryId } = await webhook(-1);
        deliveries.set(name, deliveryId);
        await startWith(id, ...signalOf(deliveryId));
      }),
    );
    const read = async () => {
      const rows = await Promise.all([...deliveries].map(async ([name, id]) => [name, (await owned.row(id)).status]));
      return Object.fromEntries(rows) as Record<string, string>;
    };
    await expect
      .poll(async () => Object.values(await read()).every((status) => status === 'DELIVERED'), patience)
      .toBe(true)
      .catch(() => {});
    return read();
  }

  const allDelivered = (cases: object) => Object.fromEntries(Object.keys(cases).map((name) => [name, 'DELIVERED']));

  /** Failures with one good entry, and what a case puts beside it. */
  const failures =
    (parts: { entry?: unknown; term?: unknown } & { [part in keyof Failures]?: unknown }) =>
    (deliveryId: string): ['failed', unknown[]] => {
      const { entry, term, ...rest } = parts;
      const good = [deliveryId, 1, Date.now() - 2_000, null, 4, 0];
      return [
        'failed',
        [
          {
            organizationId: owned.tenant.organizationId,
            terms: [{ scheduleMs: [500, HOUR], jitter: 0 }, ...(term === undefined ? [] : [term])],
            list: [...(entry === undefined ? [] : [entry]), good],
            ...{ slow: false, atOnce: null, ...rest },
          },
        ],
      ];
    };

  it('skips what is malformed in a signal of failures, and goes on with the rest', async () => {
    const cases = {
      'an entry that is no list': failures({ entry: 1 }),
      'an entry of null': failures({ entry: null }),
      'an empty entry': failures({ entry: [] }),
      'an id that is no UUID': failures({ entry: ['no-uuid', 1, 0, null, 4, 0] }),
      'a number of attempts that is none': failures({ entry: [other, 'x', 0, null, 4, 0] }),
      'an end that is no number': failures({ entry: [other, 1, 'abc', null, 4, 0] }),
      'an end that no clock shows': failures({ entry: [other, 1, 1e300, null, 4, 0] }),
      'an end far in the future': failures({ entry: [other, 1, 8e15, null, 4, 0] }),
      'a Retry-After that is no number': failures({ entry: [other, 1, 0, 'x', 4, 0] }),
      'a draw out of range': failures({ entry: [other, 1, 0, null, 1e300, 0] }),
      'terms that are not there': failures({ entry: [other, 1, 0, null, 4, 7] }),
      'terms of null': failures({ entry: [other, 1, 0, null, 4, 1], term: null }),
      'terms without a schedule': failures({ entry: [other, 1, 0, null, 4, 1], term: {} }),
      'a delay of words': failures({ entry: [other, 1, 0, null, 4, 1], term: { scheduleMs: ['x'], jitter: 0 } }),
      'a delay of ages': failures({ entry: [other, 1, 0, null, 4, 1], term: { scheduleMs: [1e300], jitter: 0 } }),
      'a jitter of words': failures({ entry: [other, 1, 0, null, 4, 1], term: { scheduleMs: [5], jitter: 'x' } }),
      'an organization that is no id': failures({ organizationId: { not: 'an id' } }),
      'no request at once': failures({ atOnce: 0 }),
      'a word for the requests at once': failures({ atOnce: 'many' }),
      'a word for slow': failures({ slow: 'very' }),
    };
    expect(await statuses(cases)).toEqual(allDelivered(cases));
  }, 90_000);

  it('reads the rows where nothing of a signal can be read', async () => {
    const whole = (value: unknown) => (): ['failed', unknown[]] => ['failed', [value]];
    const cases = {
      'no failures': (): ['failed', unknown[]] => ['failed', []],
      null: whole(null),
      'a number': whole(5),
      'lists that are none': whole({ list: 5, terms: 'x' }),
      'a list without terms': whole({ list: [1], terms: [] }),
    };
    expect(await statuses(cases)).toEqual(allDelivered(cases));
  }, 90_000);

  it('reads at once for a wake after no time, and never sets a timer that Temporal refuses', async () => {
    const wake = (delayMs: unknown) => (): ['wake', unknown[]] => ['wake', [delayMs]];
    const cases = {
      'a word': wake('soon'),
      null: wake(null),
      'a time long ago': wake(-1e300),
      'ages, at the start': wake(1e300),
    };
    expect(await statuses(cases)).toEqual(allDelivered(cases));

    const { id, deliveryId } = await webhook(HOUR);
    await startWith(id, 'wake', [0, true]);
    const handle = owned.handle(id);
    await expect.poll(() => handle.query(waitingQuery).catch(() => []), patience).toHaveLength(1);
    for (const delayMs of [1e300, 9e15, 1e12]) await handle.signal(wakeSignal, delayMs);
    expect(await handle.executeUpdate(retryNowUpdate, { args: [deliveryId] })).toEqual({ attempt: 2 });
    await expect.poll(async () => (await owned.row(deliveryId)).status, patience).toBe('DELIVERED');
    // Nothing but those wakes is left to wait for.
    await expect.poll(() => handle.query(waitingQuery), patience).toEqual([]);
    expect(await handle.executeUpdate(setPausedUpdate, { args: [true] })).toBe(true);
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  }, 90_000);

  it('refuses an update that it cannot carry out before it is in the history', async () => {
    const { id, deliveryId } = await webhook(HOUR);
    await startWith(id, 'wake', [0, true]);
    const handle = owned.handle(id);
    await expect.poll(() => handle.query(waitingQuery).catch(() => []), patience).toHaveLength(1);
    const reasons = [
      '',
      ' ',
      'a\u0000',
      'a\u001b[2J',
      'half \ud83d',
      'x'.repeat(501),
      'x'.repeat(1_000_000),
      7,
      null,
      {},
    ];
    for (const reason of reasons) {
      const refused = handle.executeUpdate(cancelUpdate, { args: [deliveryId, reason as string] });
      await expect(refused, JSON.stringify(reason)?.slice(0, 20)).rejects.toSatisfy(
        (error) => error instanceof WorkflowUpdateFailedError && /1 to 500 characters/.test(String(error.cause)),
      );
    }
    for (const bad of [null, 7, {}, [deliveryId], 'no-uuid', 'x'.repeat(100_000)] as never[]) {
      for (const refused of [
        () => handle.executeUpdate(retryNowUpdate, { args: [bad] }),
        () => handle.executeUpdate(cancelUpdate, { args: [bad, 'The crane is gone.'] }),
      ]) {
        await expect(refused()).rejects.toSatisfy(
          (error) =>
            error instanceof WorkflowUpdateFailedError && /Give the id of a delivery/.test(String(error.cause)),
        );
      }
    }
    for (const bad of [null, 1, 'true', {}] as never[]) {
      await expect(handle.executeUpdate(setPausedUpdate, { args: [bad] })).rejects.toThrow(WorkflowUpdateFailedError);
    }
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
    expect(await owned.row(deliveryId)).toMatchObject({ status: 'RETRYING', made: 1 });
  }, 90_000);
});

import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Everhook, NotFoundError } from '../../../client-sdk/src/index.ts';
import type { AttemptParts } from '../../../core/deliveries/attemptSome.ts';
import { cancelOne } from '../../../core/deliveries/cancelOne.ts';
import { pruneLog } from '../../../core/deliveries/pruneLog.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { Gate } from '../../../core/fairness/gate.ts';
import { KeyedTurns } from '../../../core/fairness/keyedTurns.ts';
import { Shares } from '../../../core/fairness/shares.ts';
import { firstIdOf } from '../../../core/ground/idTime.ts';
import { recoverSome } from '../../../core/recoveries/recoverSome.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { resumeSome } from '../../../core/webhooks/resumeSome.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { attemptAll } from '../../support/attemptAll.ts';
import { alone } from '../../support/batchLimits.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { Receiver } from '../../support/receiver.ts';
import { tcpProxy } from '../../support/tcpProxy.ts';

const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const recovering =
  'mutation ($input: RecoverDeliveriesInput!) { recoverDeliveries(input: $input) { recovery { id total totalIsAtLeast } } }';
const counting =
  'query ($input: RecoverableInput!) { recoverable(input: $input) { total failed cancelled missed isAtLeast } }';

describe('what webhooks did not receive', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let worker: AttemptParts & { waker: Waker };
  /** What the receiver answers to an event, by the path of its webhook's URL. */
  let answer: (n: number, path: string) => number = () => 200;
  const attempts = new Set<Promise<unknown>>();
  /** Answers of 200, by path and number of the event. */
  const got = new Map<string, number>();
  let count = 0;
  /** What the receiver does before it answers. */
  let during = async () => {};
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });

  beforeAll(async () => {
    const encryptionKeys = generateKey();
    const keys = parseKeyRing(encryptionKeys);
    api = await TestApi.start({ encryptionKeys });
    pool = new pg.Pool({ connectionString: api.database.url, max: 10 });
    receiver = await new Receiver(async ({ body, path }) => {
      const { n } = JSON.parse(body).data;
      await during();
      const code = answer(n, path);
      if (code === 200) got.set(`${path} ${n}`, (got.get(`${path} ${n}`) ?? 0) + 1);
      return code;
    }).listen();
    const log = pino({ level: 'silent' });
    const notifier = { changed() {}, close: async () => {} };
    // Attempts what it is woken for, as the webhook's workflow would.
    const waker = new Waker(async (webhookId) => {
      const attempt = attemptAll(worker, webhookId);
      attempts.add(attempt);
      await attempt.finally(() => attempts.delete(attempt));
    }, log);
    worker = {
      ...{ pool, keys, sender, notifier, waker, perWebhook: 16, gate: new Gate(64), underWay: new Map() },
      recorder: new Recorder({ pool, notifier, log, onHealthTransition() {} }),
      places: new Shares(100),
    };
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    await api.eventType(tenant, 'crane.stopped');
  });
  afterAll(async () => {
    await worker.waker.close();
    await Promise.allSettled(attempts);
    await receiver.close();
    await sender.close();
    await pool.end();
    await api.close();
  });

  const url = (path: string) => `${receiver.url}${path}`;
  const ask = async (query: string, input: object) => (await api.data(tenant.key, query, { input })) as never;
  const webhook = async (options: object = {}): Promise<{ id: string; path: string }> => {
    const path = `/${++count}`;
    const { id } = await api.webhook(tenant, { url: url(path.slice(1)), retrySchedule: [], ...options });
    return { id, path };
  };
  const publish = async (type: string, numbers: readonly number[]) => {
    const ids: string[] = [];
    for (let from = 0; from < numbers.length; from += 100) {
      const events = numbers.slice(from, from + 100).map((n) => ({ type, data: { n } }));
      const input = { projectId: tenant.projectId, events };
      const { publishEvents } = (await ask(publishing, input)) as { publishEvents: { events: { id: string }[] } };
      ids.push(...publishEvents.events.map(({ id }) => id));
    }
    return ids;
  };
  /** Waits until no first attempt is under way. */
  const settled = async () => {
    for (;;) {
      const { rows } = await pool.query(`SELECT FROM delivery WHERE status = 'SENDING' LIMIT 1`);
      if (rows.length === 0) return;
      await sleep(20);
    }
  };
  const recoverable = async (input: object) =>
    ((await ask(counting, input)) as { recoverable: Record<string, number> }).recoverable;
  const begin = async (input: object) =>
    ((await ask(recovering, input)) as { recoverDeliveries: { recovery: { id: string; total: number } } })
      .recoverDeliveries.recovery;
  const rowOf = async (id: string) =>
    (await pool.query('SELECT state, reason, total, replayed AS recovered FROM recovery WHERE id = $1', [id])).rows[0];
  const limits = alone(120_000);
  const run = async (id: string) => {
    await recoverSome(worker, id, limits);
    return rowOf(id);
  };
  const setActive = (id: string, active: boolean) =>
    api.data(
      tenant.key,
      'mutation ($id: ID!, $active: Boolean!) { setWebhookActive(input: { id: $id, active: $active }) { webhook { id } } }',
      { id, active },
    );
  const times = (path: string, numbers: readonly number[]) => numbers.map((n) => got.get(`${path} ${n}`) ?? 0);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

  it('sends what a filter matches, over many webhooks: as many as announced, nothing that was delivered, and nothing twice', async () => {
    const webhooks = [await webhook(), await webhook({ eventTypes: ['crane.moved'] })];
    answer = (n) => (n >= 1_000 && n < 1_225 ? 500 : 200);
    const sent = range(1_000, 1_250);
    await publish('crane.moved', sent);
    await settled();
    const filter = { projectId: tenant.projectId, statuses: ['FAILED', 'DELIVERED'], eventTypes: ['crane.moved'] };
    const announced = { total: 450, failed: 450, cancelled: 0, missed: 0, isAtLeast: false };
    expect(await recoverable({ filter })).toEqual(announced);
    answer = () => 200;
    const { id, total } = await begin({ filter });
    expect(total).toBe(450);
    // Meanwhile five of them are replayed: three are delivered, two wait.
    const { rows } = await pool.query(
      `SELECT id FROM delivery WHERE webhook_id = $1 AND status = 'FAILED' ORDER BY id DESC LIMIT 5`,
      [webhooks[0]?.id],
    );
    answer = (n) => (n === 1_220 ? 500 : 200);
    await api.data(
      tenant.key,
      'mutation ($ids: [ID!]!) { bulkReplayDeliveries(input: { ids: $ids }) { deliveries { id } } }',
      {
        ids: rows.map((row) => row.id),
      },
    );
    await settled();
    answer = () => 200;
    // Four were delivered, and the replay of the fifth failed: that one is sent in its place.
    expect(await recoverable({ filter })).toMatchObject({ total: 446 });
    const { rows: before } = await pool.query('SELECT max(id::text) AS id FROM delivery');
    expect(await run(id)).toMatchObject({ state: 'FINISHED', recovered: 445 });
    for (const { path } of webhooks) {
      const expected = sent.map((n) => (n === 1_220 && path === webhooks[0]?.path ? 0 : 1));
      expect(times(path, sent)).toEqual(expected);
    }
    // The oldest goes first.
    const { rows: made } = await pool.query(
      `SELECT o.id FROM delivery d JOIN delivery o ON o.id = d.replay_of_id WHERE d.id::text > $1 ORDER BY d.id`,
      [before[0].id],
    );
    expect(made.map((row) => row.id)).toEqual(made.map((row) => row.id).sort());
    // The failed replay is newer than the recovery: the next one has it, and the one after nothing.
    const again = await begin({ filter });
    expect(again.total).toBe(1);
    expect(await run(again.id)).toMatchObject({ state: 'FINISHED', recovered: 1 });
    for (const { path } of webhooks) expect(times(path, sent)).toEqual(sent.map(() => 1));
    const last = await begin({ filter });
    expect(await run(last.id)).toMatchObject({ state: 'FINISHED', total: 0, recovered: 0 });
    for (const { id: webhookId } of webhooks) await setActive(webhookId, false);
  }, 120_000);

  it('sends 400 deliveries a second at most, with all others of its organization together', async () => {
    const made = [await webhook(), await webhook(), await webhook(), await webhook()];
    answer = () => 500;
    const sent = range(5_000, 5_050);
    const since = new Date();
    await publish('crane.moved', sent);
    await settled();
    answer = () => 200;
    const turns = new KeyedTurns();
    const inTurn = <T>(batch: () => Promise<T>) => turns.run(tenant.organizationId, batch);
    const ids = await Promise.all(made.map(async ({ id }) => (await begin({ webhookId: id, since })).id));
    const beganAt = performance.now();
    await Promise.all(ids.map((id) => recoverSome(worker, id, { ...limits, inTurn })));
    for (const id of ids) expect(await rowOf(id)).toMatchObject({ state: 'FINISHED', recovered: 50 });
    expect(performance.now() - beganAt).toBeGreaterThan(400);
    for (const { path } of made) expect(times(path, sent)).toEqual(sent.map(() => 1));
    for (const { id } of made) await setActive(id, false);
  });

  it('sends what was missed while a webhook was inactive, disabled or not there, to those that would have got it', async () => {
    const other = await api.tenant();
    await api.eventType(other, 'crane.moved');
    await api.data(other.key, publishing, {
      input: { projectId: other.projectId, events: [{ type: 'crane.moved', data: { n: 2_900 } }] },
    });
    const since = new Date();
    const inactive = await webhook({ eventTypes: ['crane.moved'] });
    const disabled = await webhook({ eventTypes: ['crane.moved', 'everhook.webhook.disabled'] });
    await publish('crane.moved', [2_000]);
    await setActive(inactive.id, false);
    await pool.query(`UPDATE webhook_state SET health = 'DISABLED' WHERE webhook_id = $1`, [disabled.id]);
    await pool.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
      tenant.organizationId,
    ]);
    await publish('crane.moved', [2_001, 2_002]);
    await publish('crane.stopped', [2_003]);
    await settled();
    const later = await webhook();
    await api.data(tenant.key, 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', {
      id: later.id,
    });
    await settled();
    await expect(begin({ webhookId: inactive.id, since })).rejects.toThrow(/inactive/);
    // It is counted beforehand, also while nothing can be sent.
    expect(await recoverable({ webhookId: inactive.id, since })).toMatchObject({ total: 2, missed: 2 });
    expect(await recoverable({ webhookId: later.id, since })).toMatchObject({ total: 4, missed: 4 });
    expect(await recoverable({ webhookId: later.id, since, include: ['FAILED', 'CANCELLED'] })).toMatchObject({
      total: 0,
    });
    // Over many webhooks, those that get nothing now are left out.
    const filter = { projectId: tenant.projectId, from: since };
    expect(await recoverable({ filter })).toMatchObject({ total: 4, missed: 4 });
    expect(await recoverable({ filter: { ...filter, eventTypes: ['crane.stopped'] } })).toMatchObject({ missed: 1 });
    expect(await recoverable({ filter: { ...filter, statuses: ['FAILED'] } })).toMatchObject({ total: 0 });
    const labels = [{ key: 'customer', value: 'c_42' }];
    expect(await recoverable({ filter: { ...filter, labels } })).toMatchObject({ total: 0 });
    const { rows: one } = await pool.query(
      `UPDATE event SET labels = '{"customer":"c_42","plan":"pro"}'
        WHERE id = (SELECT id FROM event WHERE project_id = $1 AND created_at >= $2 ORDER BY id LIMIT 1) RETURNING id`,
      [tenant.projectId, since],
    );
    expect((await recoverable({ filter: { ...filter, labels } })).total).toBeGreaterThan(0);
    expect(await recoverable({ filter: { ...filter, labels } })).toEqual(
      await recoverable({ filter: { ...filter, eventId: one[0].id } }),
    );
    await setActive(inactive.id, true);
    await api.data(tenant.key, 'mutation ($id: ID!) { reEnableWebhook(input: { id: $id }) { webhook { id } } }', {
      id: disabled.id,
    });
    // Two overlap, and run at the same time.
    const [wide, narrow] = [await begin({ filter }), await begin({ webhookId: later.id, since })];
    expect([wide.total, narrow.total]).toEqual([8, 4]);
    const ended = await Promise.all([run(wide.id), run(narrow.id)]);
    expect(ended.map(({ state }) => state)).toEqual(['FINISHED', 'FINISHED']);
    expect(ended.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(8);
    const all = [2_000, 2_001, 2_002, 2_003, 2_900];
    expect(times(inactive.path, all)).toEqual([1, 1, 1, 0, 0]);
    expect(times(disabled.path, all)).toEqual([1, 1, 1, 0, 0]);
    expect(times(later.path, all)).toEqual([1, 1, 1, 1, 0]);
    const { rows } = await pool.query(
      'SELECT DISTINCT replay_of_id, is_test, project_id FROM delivery WHERE webhook_id = $1 AND NOT is_test',
      [later.id],
    );
    expect(rows).toEqual([{ replay_of_id: null, is_test: false, project_id: tenant.projectId }]);
    for (const { id } of [inactive, disabled, later]) await setActive(id, false);
  }, 60_000);

  it('ends though its end lies in the future: what it sends itself and fails again is newer than it', async () => {
    const { id, path } = await webhook({ eventTypes: ['crane.moved'] });
    answer = () => 500;
    const since = new Date();
    await publish('crane.moved', [3_500]);
    await settled();
    const until = '2100-01-01T00:00:00Z';
    // A recovery that an older build has stored may have such an end as well.
    for (const stored of [false, true]) {
      for (const input of [{ webhookId: id, since, until }, { filter: { webhookId: id, from: since, to: until } }]) {
        const { id: recoveryId } = await begin(input);
        const { recovery } = await api.data(tenant.key, 'query ($id: ID!) { recovery(id: $id) { until createdAt } }', {
          id: recoveryId,
        });
        expect(Date.parse(recovery.until)).toBeLessThanOrEqual(Date.parse(recovery.createdAt));
        if (stored) await pool.query('UPDATE recovery SET until = $2 WHERE id = $1', [recoveryId, until]);
        const enough = new AbortController();
        let batches = 0;
        const inTurn = <T>(batch: () => Promise<T>) => {
          if (++batches > 5) enough.abort();
          return batch();
        };
        await recoverSome(worker, recoveryId, { ...limits, inTurn, signal: enough.signal });
        expect(await rowOf(recoveryId)).toMatchObject({ state: 'FINISHED', recovered: 1 });
      }
    }
    expect(times(path, [3_500])).toEqual([0]);
    answer = () => 200;
    await setActive(id, false);
  });

  it('leaves out what a person cancelled, and knows the causes of 0.1.0 by their texts', async () => {
    const { id } = await webhook({ eventTypes: ['crane.moved'] });
    await publish('crane.moved', range(3_000, 3_009));
    await settled();
    const { rows } = await pool.query('SELECT id FROM delivery WHERE webhook_id = $1 ORDER BY id', [id]);
    const causes = [
      ['PERSON', 'The webhook is inactive.'],
      [null, 'The crane was sold.'],
      ['TYPE_NOT_TAKEN', 'It was moved.'],
      ['WEBHOOK_INACTIVE', 'The crane was sold.'],
      ['WEBHOOK_DISABLED', null],
      [null, 'The webhook is inactive.'],
      [null, 'The webhook is disabled because its deliveries kept failing.'],
      [null, 'The webhook takes no events of this type any more.'],
    ] as const;
    for (const [index, [by, reason]] of causes.entries()) {
      await pool.query(
        `UPDATE delivery SET status = 'CANCELLED', cancelled_by = $2, status_reason = $3,
                event_type = CASE WHEN $4 THEN 'crane.stopped' ELSE event_type END WHERE id = $1`,
        [rows[index].id, by, reason, index === 7],
      );
    }
    const include = ['CANCELLED'];
    // The third was cancelled for its type, which the webhook takes again; the last for one that it does not take.
    expect(await recoverable({ webhookId: id, include })).toMatchObject({ total: 5, cancelled: 5 });
    const recovery = await begin({ webhookId: id, include });
    expect(await run(recovery.id)).toMatchObject({ recovered: 5 });
    const { rows: sent } = await pool.query(
      'SELECT replay_of_id AS id FROM delivery WHERE webhook_id = $1 AND replay_of_id IS NOT NULL ORDER BY id',
      [id],
    );
    expect(sent).toEqual(rows.slice(2, 7));
    const shown = await api.data(tenant.key, 'query ($id: ID!) { delivery(id: $id) { cancelledBy } }', {
      id: rows[3].id,
    });
    expect(shown.delivery.cancelledBy).toBe('WEBHOOK_INACTIVE');
    await setActive(id, false);
  }, 60_000);

  it('takes no event for missed whose delivery may have been deleted with the old part of the log', async () => {
    const { id, path } = await webhook({ eventTypes: ['crane.moved'] });
    await publish('crane.moved', [4_000]);
    await settled();
    await sleep(5);
    await pruneLog(pool, 1, 10_000);
    // Its event stays, as it does for a replay that is younger or waits.
    await pool.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at)
       VALUES ($3, $1, $2, 'crane.moved', '{"n":4000}', now())`,
      [tenant.organizationId, tenant.projectId, firstIdOf(Date.now() - 60_000)],
    );
    await publish('crane.moved', [4_001]);
    await settled();
    await pool.query('DELETE FROM delivery WHERE webhook_id = $1', [id]);
    expect(await recoverable({ webhookId: id })).toMatchObject({ total: 1, missed: 1 });
    expect(await run((await begin({ webhookId: id })).id)).toMatchObject({ recovered: 1 });
    expect(times(path, [4_000, 4_001])).toEqual([1, 2]);
    await setActive(id, false);
  }, 60_000);

  it('refuses what it cannot take, and names the field', async () => {
    const { id } = await webhook();
    const stranger = await api.tenant();
    const refused = async (input: object, key = tenant.key) => {
      const { errors } = await api.ask(key, recovering, { input });
      return [errors?.[0]?.extensions.code, errors?.[0]?.extensions.field];
    };
    expect(await refused({})).toEqual(['VALIDATION_FAILED', 'input.webhookId']);
    expect(await refused({ webhookId: id, filter: {} })).toEqual(['VALIDATION_FAILED', 'input.webhookId']);
    expect(await refused({ webhookId: id, include: [] })).toEqual(['VALIDATION_FAILED', 'input.include']);
    expect(await refused({ webhookId: id, since: '2100-01-01T00:00:00Z' })).toEqual([
      'VALIDATION_FAILED',
      'input.since',
    ]);
    expect(await refused({ webhookId: id }, stranger.key)).toEqual(['NOT_FOUND', 'input.webhookId']);
    expect(await refused({ filter: { webhookId: id } }, stranger.key)).toEqual(['NOT_FOUND', 'input.filter.webhookId']);
    // Both must hold.
    const { createProject: other } = await api.data(
      tenant.key,
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
      { input: { organizationId: tenant.organizationId, name: 'Other' } },
    );
    const apart = { filter: { webhookId: id, projectId: other.project.id } };
    expect(await refused(apart)).toEqual(['NOT_FOUND', 'input.filter.webhookId']);
    expect(await refused({ filter: { projectId: tenant.projectId } }, stranger.key)).toEqual([
      'NOT_FOUND',
      'input.filter.projectId',
    ]);
    const begun = [];
    for (let n = 0; n < 5; n++) begun.push(await begin({ filter: {} }));
    expect(await refused({ filter: {} })).toEqual(['LIMIT_EXCEEDED', 'input.filter']);
    for (const recovery of begun) {
      await pool.query(`UPDATE recovery SET state = 'CANCELLED' WHERE id = $1`, [recovery.id]);
    }
    await setActive(id, false);
  });

  it('after any history of a webhook and its events: each event that it subscribes to arrived, and once', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('publish' as const), type: fc.constantFrom('crane.moved', 'crane.stopped') }),
      fc.record({
        do: fc.constant('take' as const),
        types: fc.subarray(['crane.moved', 'crane.stopped'], { minLength: 1 }),
      }),
      fc.record({
        do: fc.constantFrom('deactivate', 'activate', 'disable', 'enable', 'fail', 'mend', 'time passes', 'recover'),
      }),
    );
    let n = 10_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), fc.nat(3), async (steps, createdAfter) => {
        const since = new Date();
        let failing = false;
        answer = () => (failing ? 500 : 200);
        let made: { id: string; path: string } | null = null;
        let [active, well, types] = [true, true, ['crane.moved', 'crane.stopped']];
        const events: { n: number; type: string; wanted: boolean }[] = [];
        const due = async (id: string) => {
          await settled();
          await pool.query(
            `UPDATE delivery SET next_attempt_at = now() WHERE webhook_id = $1 AND status = 'RETRYING'`,
            [id],
          );
          await attemptAll(worker, id);
        };
        const health = async (id: string, to: string) => {
          await pool.query(`UPDATE webhook_state SET health = $2::webhook_health_state WHERE webhook_id = $1`, [
            id,
            to,
          ]);
          await pool.query('UPDATE organization SET routing_version = routing_version + 1 WHERE id = $1', [
            tenant.organizationId,
          ]);
        };
        const recover = async (id: string) => run((await begin({ webhookId: id, since })).id);
        for (const [index, each] of steps.entries()) {
          if (index === createdAfter) made = await webhook({ retrySchedule: ['PT1H'] });
          if (each.do === 'publish') {
            events.push({ n, type: each.type, wanted: made !== null && active && well && types.includes(each.type) });
            await publish(each.type, [n++]);
          } else if (each.do === 'fail' || each.do === 'mend') failing = each.do === 'fail';
          if (made === null) continue;
          const { id } = made;
          if (each.do === 'take') {
            types = each.types;
            await api.data(
              tenant.key,
              'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
              {
                input: { id, eventTypes: types },
              },
            );
          } else if (each.do === 'activate' || each.do === 'deactivate') {
            active = each.do === 'activate';
            await setActive(id, active);
          } else if (each.do === 'disable' || each.do === 'enable') {
            well = each.do === 'enable';
            await health(id, well ? 'HEALTHY' : 'DISABLED');
          } else if (each.do === 'time passes') await due(id);
          else if (each.do === 'recover' && active && well) {
            await recover(id);
            for (const event of events) event.wanted ||= types.includes(event.type);
          }
        }
        if (made === null) return;
        const { id, path } = made;
        failing = false;
        await settled();
        await setActive(id, true);
        await health(id, 'HEALTHY');
        await due(id);
        await recover(id);
        await settled();
        // What was cancelled for its type stays cancelled where the type is still not taken.
        const { rows } = await pool.query(
          `SELECT DISTINCT (e.data->>'n')::int AS n FROM delivery d JOIN event e ON e.id = d.event_id
            WHERE d.webhook_id = $1 AND d.cancelled_by = 'TYPE_NOT_TAKEN'
              AND NOT EXISTS (SELECT FROM delivery n WHERE n.event_id = d.event_id AND n.webhook_id = $1 AND n.id > d.id)`,
          [id],
        );
        const notTaken = new Set(rows.map((row) => row.n));
        const subscribed = events.filter(
          ({ type, wanted, n: of }) => types.includes(type) || (wanted && !notTaken.has(of)),
        );
        expect(
          times(
            path,
            events.map((event) => event.n),
          ),
        ).toEqual(events.map((event) => (subscribed.includes(event) ? 1 : 0)));
        expect(await recoverable({ webhookId: id, since })).toMatchObject({ total: 0 });
        await setActive(id, false);
      }),
      { numRuns: 15 },
    );
  }, 240_000);

  describe('of a paused webhook', () => {
    const fields = 'pausedAt pauseReason resumingAt heldCount health active';
    const pause = async (webhookId: string, reason?: string) =>
      (
        await api.data(
          tenant.key,
          `mutation ($input: PauseWebhookInput!) { pauseWebhook(input: $input) { webhook { ${fields} } } }`,
          { input: { webhookId, reason } },
        )
      ).pauseWebhook.webhook;
    const asksToResume = `mutation ($input: ResumeWebhookInput!) { resumeWebhook(input: $input) { webhook { ${fields} } } }`;
    const resume = async (webhookId: string) =>
      (await api.data(tenant.key, asksToResume, { input: { webhookId } })).resumeWebhook.webhook;
    const shown = async (id: string) =>
      (await api.data(tenant.key, `query ($id: ID!) { webhook(id: $id) { ${fields} } }`, { id })).webhook;
    const statuses = async (webhookId: string) => {
      const { rows } = await pool.query(
        'SELECT status::text, count(*)::int FROM delivery WHERE webhook_id = $1 AND NOT is_test GROUP BY 1',
        [webhookId],
      );
      return Object.fromEntries(rows.map((row) => [row.status, row.count]));
    };
    const send = (id: string, maxMs = 60_000) => resumeSome(worker, id, { ...limits, maxMs });
    const only = 'crane.stopped';

    it('is held, what comes and what waits for a retry alike, and sent in the order of its events', async () => {
      answer = (n) => (n < 20_010 ? 500 : 200);
      const { id, path } = await webhook({ eventTypes: [only], retrySchedule: ['PT1H'] });
      await publish(only, range(20_000, 20_010));
      await settled();
      expect(await statuses(id)).toEqual({ RETRYING: 10 });
      const { health } = await shown(id);
      expect(await pause(id, 'The crane is serviced.')).toMatchObject({
        pausedAt: expect.any(String),
        pauseReason: 'The crane is serviced.',
        resumingAt: null,
        heldCount: 10,
        health,
        active: true,
      });
      const since = await shown(id);
      expect(await pause(id, 'Again.')).toEqual(since);
      await publish(only, range(20_010, 20_120));
      const arrived = receiver.received.length;
      await settled();
      expect(await statuses(id)).toEqual({ HELD: 120 });
      expect(receiver.received).toHaveLength(arrived);
      const counts = await api.data(
        tenant.key,
        `query ($id: ID!) { openDeliveries(webhookId: $id) { pending held }
                            deliveries(webhookId: $id, statuses: [HELD], first: 100) { edges { node { status nextAttemptAt } } } }`,
        { id },
      );
      expect(counts.openDeliveries).toEqual({ pending: 0, held: 120 });
      expect(counts.deliveries.edges).toHaveLength(100);
      expect(counts.deliveries.edges[0].node).toEqual({ status: 'HELD', nextAttemptAt: null });
      // A test is sent all the same, and says so.
      const test = 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { notice } }';
      expect((await api.data(tenant.key, test, { id })).sendTestEvent.notice).toMatch(/still paused/);
      await receiver.count(arrived + 1);
      await settled();
      // Nothing of it expires.
      await pruneLog(pool, 0, 10_000);
      expect(await statuses(id)).toEqual({ HELD: 120 });

      let [open, most] = [0, 0];
      answer = () => 200;
      during = async () => {
        most = Math.max(most, ++open);
        await sleep(5);
        open--;
      };
      expect(await resume(id)).toMatchObject({ resumingAt: expect.any(String), heldCount: 120 });
      expect((await resume(id)).resumingAt).not.toBeNull();
      const socket = await new GraphQLSocket(api.url).open(tenant.key);
      socket.subscribe('1', `subscription ($id: ID!) { resumeProgress(webhookId: $id) { ${fields} } }`, { id });
      const next = async () => (await socket.next()).payload?.data?.resumeProgress ?? null;
      expect(await next()).toMatchObject({ resumingAt: expect.any(String), heldCount: 120 });
      const sending = send(id);
      await receiver.count(arrived + 30);
      // What comes meanwhile waits behind it.
      await publish(only, range(20_120, 20_130));
      expect(await sending).toBe(false);
      during = async () => {};
      const followed: { resumingAt: string | null; heldCount: number }[] = [];
      for (let now = await next(); now !== null; now = await next()) followed.push(now);
      expect(followed.at(-1)).toMatchObject({ pausedAt: null, resumingAt: null, heldCount: 0 });
      socket.socket.terminate();
      expect(await shown(id)).toMatchObject({ pausedAt: null, pauseReason: null, resumingAt: null, heldCount: 0 });
      expect(await statuses(id)).toEqual({ DELIVERED: 130 });
      expect(times(path, range(20_000, 20_130))).toEqual(range(0, 130).map(() => 1));
      const { rows } = await pool.query(
        `SELECT (e.data->>'n')::int AS n FROM delivery d JOIN event e ON e.id = d.event_id
           JOIN LATERAL (SELECT max(started_at) AS at FROM attempt a WHERE a.delivery_id = d.id) a ON true
          WHERE d.webhook_id = $1 AND NOT d.is_test ORDER BY a.at, e.id`,
        [id],
      );
      expect(rows.map((row) => row.n)).toEqual(range(20_000, 20_130));
      expect(most).toBeLessThanOrEqual(worker.perWebhook);
      await publish(only, [20_130]);
      await settled();
      expect(await statuses(id)).toEqual({ DELIVERED: 131 });
      const { rows: audited } = await pool.query(
        `SELECT action FROM audit_event WHERE target_id = $1 AND action LIKE 'webhook.%d' AND action <> 'webhook.created'
          ORDER BY id`,
        [id],
      );
      expect(audited.map((row) => row.action)).toEqual(['webhook.paused', 'webhook.tested', 'webhook.resumed']);
      await setActive(id, false);
    }, 60_000);

    it('is followed by the SDK as it resumes, over a lost connection, until it holds nothing', async () => {
      answer = () => 200;
      const { id } = await webhook({ eventTypes: [only] });
      await pause(id);
      await publish(only, range(24_000, 24_060));
      await settled();
      const proxy = await tcpProxy(api.url);
      const everhook = new Everhook({ url: proxy.url, apiKey: tenant.key });
      await resume(id);
      const watch = everhook.webhooks.watchResume(id);
      const first = await watch.next();
      expect(first.value).toMatchObject({ id, heldCount: 60, resumingAt: expect.any(String) });
      proxy.cut();
      const sending = send(id);
      const counts = [60];
      for await (const { heldCount, resumingAt, pausedAt } of watch) {
        counts.push(heldCount as number);
        // What it released last may still be under way when nothing is held any more.
        if (resumingAt === null) expect(heldCount).toBe(0);
        expect(pausedAt === null).toBe(resumingAt === null);
      }
      expect(await sending).toBe(false);
      expect(counts.at(-1)).toBe(0);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      expect(proxy.connections).toBeGreaterThan(1);
      expect(await watch.next()).toEqual({ done: true, value: undefined });
      await everhook.close();
      await proxy.close();
      await setActive(id, false);
    }, 60_000);

    it('is followed by the SDK no longer than it resumes: paused again, stopped, or never paused', async () => {
      answer = () => 200;
      const everhook = new Everhook({ url: api.url, apiKey: tenant.key });
      const { id } = await webhook({ eventTypes: [only] });
      const states = async (watching: AsyncIterable<{ heldCount: number | null; resumingAt: string | null }>) => {
        const all: boolean[] = [];
        for await (const { resumingAt } of watching) all.push(resumingAt !== null);
        return all;
      };
      expect(await states(everhook.webhooks.watchResume(id))).toEqual([false]);
      await pause(id);
      await publish(only, range(25_000, 25_010));
      await settled();
      for (const end of [() => pause(id), () => setActive(id, false)]) {
        await resume(id);
        const watch = everhook.webhooks.watchResume(id);
        expect((await watch.next()).value?.resumingAt).toEqual(expect.any(String));
        await end();
        // A stopped one is given up by the next batch.
        await send(id);
        expect((await states(watch)).at(-1)).toBe(false);
        await setActive(id, true);
      }
      await resume(id);
      const left = everhook.webhooks.watchResume(id);
      await left.next();
      await left.return();
      expect((await left.next()).done).toBe(true);
      const ending = new AbortController();
      const ended = everhook.webhooks.watchResume(id, { signal: ending.signal });
      await ended.ready;
      ending.abort();
      expect((await states(ended)).length).toBeLessThan(2);
      await expect(everhook.webhooks.watchResume(tenant.projectId).next()).rejects.toThrow(NotFoundError);
      const other = new Everhook({ url: api.url, apiKey: (await api.tenant()).key });
      await expect(other.webhooks.watchResume(id).next()).rejects.toMatchObject({
        code: 'NOT_FOUND',
        field: 'webhookId',
        requestId: expect.any(String),
      });
      await other.close();
      await everhook.close();
      await setActive(id, false);
    }, 60_000);

    it('can be replayed, cancelled and deleted, and is retried only when it is resumed', async () => {
      const { id } = await webhook({ eventTypes: [only] });
      await pause(id);
      await publish(only, [21_000, 21_001]);
      const { rows } = await pool.query('SELECT id FROM delivery WHERE webhook_id = $1 ORDER BY id', [id]);
      const [first, second] = rows.map((row) => row.id);
      const replay = 'mutation ($id: ID!) { replayDelivery(input: { id: $id }) { delivery { status } } }';
      expect((await api.data(tenant.key, replay, { id: first })).replayDelivery.delivery.status).toBe('HELD');
      const { errors } = await api.ask(
        tenant.key,
        'mutation ($id: ID!) { retryDelivery(input: { id: $id }) { delivery { id } } }',
        { id: first },
      );
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining('resumeWebhook'),
        extensions: { code: 'CONFLICT' },
      });
      const reason = 'The crane is gone.';
      expect(await cancelOne(worker, { webhookId: id, deliveryId: second as string, reason, now: Date.now() })).toBe(
        true,
      );
      expect(await statuses(id)).toEqual({ HELD: 2, CANCELLED: 1 });
      await api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', {
        id,
      });
      const { rows: ended } = await pool.query(
        'SELECT cancelled_by, count(*)::int FROM delivery WHERE webhook_id = $1 GROUP BY 1 ORDER BY 1',
        [id],
      );
      expect(ended).toEqual([
        { cancelled_by: 'PERSON', count: 1 },
        { cancelled_by: 'WEBHOOK_DELETED', count: 2 },
      ]);
    });

    it('is kept where the webhook is stopped while it resumes, or paused again', async () => {
      answer = () => 200;
      const { id, path } = await webhook({ eventTypes: [only] });
      await pause(id);
      await publish(only, range(22_000, 22_100));
      await setActive(id, false);
      const { errors } = await api.ask(tenant.key, asksToResume, { input: { webhookId: id } });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'input.webhookId' });
      await setActive(id, true);
      await resume(id);
      await setActive(id, false);
      expect(await send(id)).toBe(false);
      expect(await shown(id)).toMatchObject({
        heldCount: 100,
        resumingAt: null,
        pauseReason: expect.stringMatching(/inactive/),
      });
      const { rows: gaveUp } = await pool.query(
        `SELECT g.action, g.after, g.project_id, g.principal_kind = r.principal_kind AND g.principal_id = r.principal_id AS same
           FROM audit_event g JOIN audit_event r ON r.target_id = g.target_id AND r.action = 'webhook.resumed'
          WHERE g.target_id = $1 AND g.action = 'webhook.resume_ended'`,
        [id],
      );
      expect(gaveUp).toEqual([
        {
          action: 'webhook.resume_ended',
          after: { resumingAt: null, pauseReason: expect.stringMatching(/inactive/) },
          project_id: tenant.projectId,
          same: true,
        },
      ]);
      await setActive(id, true);
      await resume(id);
      const sending = send(id);
      await expect.poll(async () => (await statuses(id)).DELIVERED ?? 0, { timeout: 20_000 }).toBeGreaterThan(0);
      await pause(id);
      expect(await sending).toBe(false);
      await settled();
      const now = await statuses(id);
      expect(now).toEqual({
        DELIVERED: now.DELIVERED,
        ...(now.DELIVERED === 100 ? {} : { HELD: 100 - (now.DELIVERED as number) }),
      });
      await resume(id);
      expect(await send(id)).toBe(false);
      expect(times(path, range(22_000, 22_100))).toEqual(range(0, 100).map(() => 1));
      await setActive(id, false);
    }, 60_000);

    it('is neither lost nor sent twice, whatever is paused, resumed, published and replayed at the same time', async () => {
      answer = () => 200;
      const { id, path } = await webhook({ eventTypes: [only] });
      let [n, open] = [23_000, true];
      // Temporal is away from the API: what it hands over is found as the sweep finds it.
      const sweeping = setInterval(() => worker.waker.wakeAnyway(id, Date.now()), 200);
      const publishing = Array.from({ length: 3 }, async () => {
        // So many at most: a machine that is slow may send no faster than they come, and would never be done.
        while (open && n < 23_150) {
          await publish(only, [n++]);
          await sleep(100);
        }
      });
      const overtaken: Promise<boolean>[] = [];
      for (let round = 0; round < 6; round++) {
        await pause(id);
        await sleep(30);
        await resume(id);
        const sending = send(id);
        if (round % 2 === 0) {
          overtaken.push(sending);
          await sleep(20);
        } else await sending;
      }
      open = false;
      await Promise.all(publishing);
      await resume(id);
      expect(await send(id)).toBe(false);
      expect(await Promise.all(overtaken)).toEqual([false, false, false]);
      await expect.poll(() => statuses(id), { timeout: 60_000 }).toEqual({ DELIVERED: n - 23_000 });
      expect(await shown(id)).toMatchObject({ pausedAt: null, heldCount: 0 });
      clearInterval(sweeping);
      expect(times(path, range(23_000, n))).toEqual(range(23_000, n).map(() => 1));
      await setActive(id, false);
    }, 180_000);
  });
});

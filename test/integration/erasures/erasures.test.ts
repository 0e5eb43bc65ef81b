import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeliverSignal } from '../../../core/deliveries/ownership.ts';
import { Recorder } from '../../../core/deliveries/recorder.ts';
import type { DeliverableWebhook } from '../../../core/deliveries/routing.ts';
import { Waker } from '../../../core/deliveries/waker.ts';
import { eraseSome } from '../../../core/erasures/eraseSome.ts';
import { KeyedTurns } from '../../../core/fairness/keyedTurns.ts';
import { newId } from '../../../core/ground/newId.ts';
import type { Envelope } from '../../../core/profiles/profile.ts';
import { profileOf } from '../../../core/profiles/registry.ts';
import { generateKey, parseKeyRing } from '../../../core/secrets/keyRing.ts';
import { expireKeys } from '../../../core/sweep/expired.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { alone } from '../../support/batchLimits.ts';
import { type Answer, Receiver } from '../../support/receiver.ts';
import { Sentinels } from '../../support/sentinels.ts';

const publishing = 'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }';
const erasing = 'mutation ($input: EraseEventsInput!) { eraseEvents(input: $input) { erasure { id state } } }';
const shown = `query ($id: ID!) { event(id: $id) { data erasedAt labels { key } deliveries(first: 6) { edges { node {
  id status statusReason cancelledBy payloadPreview noReplayBecause request { body } event { erasedAt }
  attempts { outcome responseCode responseHeaders { name } responseBody error request { body } } } } } } }`;

describe('an erasure', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let parts: Parameters<typeof eraseSome>[0];
  let answer: (path: string, body: string) => Answer | Promise<Answer> = () => 200;
  const signals: { webhookId: string; signal: DeliverSignal }[] = [];
  const limits = alone(120_000);

  beforeAll(async () => {
    const encryptionKeys = generateKey();
    api = await TestApi.start({ encryptionKeys });
    pool = new pg.Pool({ connectionString: api.database.url, max: 6 });
    receiver = await new Receiver(({ path, body }) => answer(path, body)).listen();
    const notifier = { changed() {}, close: async () => {} };
    const waker = new Waker(
      async (webhookId, signal) => void signals.push({ webhookId, signal }),
      pino({ level: 'silent' }),
    );
    parts = { pool, keys: parseKeyRing(encryptionKeys), notifier, waker };
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await receiver.close();
    await pool.end();
    await api.close();
  });

  const publish = async (events: readonly object[]): Promise<string[]> => {
    const input = { projectId: tenant.projectId, events: events.map((each) => ({ type: 'crane.moved', ...each })) };
    const { publishEvents } = await api.data(tenant.key, publishing, { input });
    return publishEvents.events.map(({ id }: { id: string }) => id);
  };
  const settled = async () => {
    for (;;) {
      const { rows } = await pool.query(`SELECT FROM delivery WHERE status = 'SENDING' LIMIT 1`);
      if (rows.length === 0) return;
      await sleep(20);
    }
  };
  const begin = async (input: object, key = tenant.key): Promise<string> =>
    (await api.data(key, erasing, { input: { projectId: tenant.projectId, ...input } })).eraseEvents.erasure.id;
  const run = async (id: string) => {
    while (await eraseSome(parts, id, limits));
    return receipt(id);
  };
  /** One batch. */
  const step = (id: string) => eraseSome(parts, id, { ...limits, maxMs: 1 });
  const receipt = async (id: string) =>
    (
      await api.data(
        tenant.key,
        `query ($id: ID!) { erasure(id: $id) { state selector labelKeys erasedEvents erasedDeliveries cancelledDeliveries
           principalKind finishedAt } }`,
        { id },
      )
    ).erasure;
  const webhook = (options: object = {}, path = '') =>
    api.webhook(tenant, { url: `${receiver.url}${path}`, eventTypes: ['crane.moved'], ...options });
  const remove = (id: string) =>
    api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
  const eventOf = async (id: string) => (await api.data(tenant.key, shown, { id })).event;

  it.each(['LABELS', 'IDS'])(
    'by %s leaves nothing of an event’s content in any table or log, and cancels what waits',
    async (by) => {
      const word = (where: string) => `marker-${by.toLowerCase()}-of-${where}`;
      const where = ['data', 'previous', 'label', 'key', 'header', 'body', 'replay', 'trace'];
      const markers = new Sentinels();
      for (const each of where) markers.add(word(each));
      answer = (path, sent) => ({
        code: path === '/well' ? 200 : 500,
        // What it says of the one customer alone.
        ...(sent.includes(word('data')) ? { headers: { 'x-customer': word('header') }, body: word('body') } : {}),
      });
      const well = await webhook({}, 'well');
      const bad = await webhook({ retrySchedule: ['PT1H'] }, 'bad');
      const failed = await webhook({ retrySchedule: [] }, 'failed');
      const [id, other] = (await publish([
        {
          data: { customer: word('data') },
          previous: { customer: word('previous') },
          labels: [
            { key: 'customer', value: word('label') },
            { key: 'plan', value: 'pro' },
          ],
          idempotencyKey: word('key'),
        },
        { data: { customer: 'c_43' }, labels: [{ key: 'customer', value: 'c_43' }] },
      ])) as [string, string];
      await settled();
      const before = await eventOf(id);
      const delivered = before.deliveries.edges
        .map(({ node }: never) => node)
        .find(({ status }: never) => status === 'DELIVERED');
      await api.data(
        tenant.key,
        'mutation ($input: ReplayDeliveryInput!) { replayDelivery(input: $input) { delivery { id } } }',
        { input: { id: (delivered as { id: string }).id, idempotencyKey: word('replay') } },
      );
      await settled();
      await pool.query(
        `UPDATE attempt a SET traceparent = convert_to($2, 'UTF8') FROM delivery d
          WHERE d.id = a.delivery_id AND d.event_id = $1`,
        [id, word('trace')],
      );
      expect(new Set((await markers.inDatabase(api.database.url)).map((line) => line.split(': ')[1]))).toEqual(
        new Set(where.map(word)),
      );

      const labels = [
        { key: 'customer', value: word('label') },
        { key: 'plan', value: 'pro' },
      ];
      const erasure = await begin(by === 'IDS' ? { ids: [id] } : { labels });
      if (by === 'LABELS') {
        // While it runs, what it selects by is encrypted.
        const { rows } = await pool.query('SELECT e::text AS row FROM erasure e WHERE id = $1', [erasure]);
        expect(markers.in(rows[0].row)).toEqual([]);
      }
      expect(await run(erasure)).toEqual({
        state: 'FINISHED',
        selector: by,
        labelKeys: by === 'IDS' ? [] : ['customer', 'plan'],
        ...{ erasedEvents: 1, erasedDeliveries: 4, cancelledDeliveries: 1, principalKind: 'API_KEY' },
        finishedAt: expect.any(String),
      });
      expect(await markers.inDatabase(api.database.url)).toEqual([]);
      expect(markers.in(api.log.join(''))).toEqual([]);

      const event = await eventOf(id);
      expect(event).toMatchObject({ data: null, labels: [], erasedAt: expect.any(String) });
      const rows = event.deliveries.edges.map(({ node }: never) => node) as Record<string, unknown>[];
      expect(rows.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'DELIVERED', 'DELIVERED', 'FAILED']);
      for (const row of rows) {
        const waited = row.status === 'CANCELLED';
        expect(row).toMatchObject({
          ...{ payloadPreview: null, request: null, noReplayBecause: 'Its event was erased: publish it anew.' },
          statusReason: waited ? 'Its event was erased.' : null,
          cancelledBy: waited ? 'EVENT_ERASED' : null,
          attempts: [{ responseHeaders: null, responseBody: null, error: null, request: null }],
        });
        expect(
          await api.refusal(
            tenant.key,
            'mutation ($id: ID!) { replayDelivery(input: { id: $id }) { delivery { id } } }',
            { id: row.id },
          ),
        ).toMatchObject({ code: 'CONFLICT' });
      }
      // The webhook's workflow is told of what no longer waits.
      const gone = rows.find(({ status }) => status === 'CANCELLED')?.id;
      expect(signals).toContainEqual({ webhookId: bad.id, signal: { kind: 'cancelled', deliveryIds: [gone] } });
      expect(await eventOf(other)).toMatchObject({
        data: { customer: 'c_43' },
        erasedAt: null,
        labels: [{ key: 'customer' }],
      });
      // Nothing is recovered of it either.
      const { recoverable } = await api.data(
        tenant.key,
        'query ($input: RecoverableInput!) { recoverable(input: $input) { total } }',
        { input: { webhookId: failed.id, include: ['FAILED', 'CANCELLED'] } },
      );
      expect(recoverable.total).toBe(1);
      const { rows: audited } = await pool.query(
        `SELECT action, after::text FROM audit_event WHERE target_id = $1 ORDER BY id`,
        [erasure],
      );
      expect(audited.map(({ action }) => action)).toEqual(['erasure.started']);
      for (const each of [well, bad, failed]) await remove(each.id);
    },
  );

  it('does not write back what a receiver answers to an attempt that was under way, and makes no other', async () => {
    const markers = new Sentinels();
    markers.add('marker-of-a-late-answer');
    const release: ((code: number) => void)[] = [];
    answer = () =>
      new Promise((resolve) =>
        release.push((code) =>
          resolve({ code, headers: { 'x-late': 'marker-of-a-late-answer' }, body: 'marker-of-a-late-answer' }),
        ),
      );
    const { id: webhookId } = await webhook({ retrySchedule: ['PT1H'] });
    const [one, two] = (await publish([{ data: { n: 1 } }, { data: { n: 2 } }])) as [string, string];
    const before = receiver.received.length;
    while (release.length < 2) await sleep(10);
    expect(receiver.received.length - before).toBeLessThanOrEqual(2);
    expect(await run(await begin({ ids: [one, two] }))).toMatchObject({ erasedDeliveries: 2, cancelledDeliveries: 0 });
    release[0]?.(500);
    release[1]?.(200);
    await settled();
    const rows = [];
    for (const id of [one, two]) rows.push(...(await eventOf(id)).deliveries.edges.map(({ node }: never) => node));
    rows.sort((a: { status: string }, b: { status: string }) => (a.status < b.status ? -1 : 1));
    expect(rows).toMatchObject([
      {
        ...{
          status: 'CANCELLED',
          cancelledBy: 'EVENT_ERASED',
          statusReason: 'Its event was erased while it was being sent.',
        },
        attempts: [
          { outcome: 'HTTP_ERROR', responseCode: 500, responseHeaders: null, responseBody: null, request: null },
        ],
      },
      { status: 'DELIVERED', statusReason: null, attempts: [{ outcome: 'SUCCEEDED', responseBody: null }] },
    ]);
    expect(await markers.inDatabase(api.database.url)).toEqual([]);
    const { rows: counted } = await pool.query(
      'SELECT sum(delivered)::int AS delivered, sum(cancelled)::int AS cancelled FROM delivery_minute WHERE webhook_id = $1',
      [webhookId],
    );
    expect(counted[0]).toEqual({ delivered: 1, cancelled: 1 });
    answer = () => 200;
    await remove(webhookId);
  });

  it('keeps nothing of a request either, whose attempt is recorded after it', async () => {
    const { id: webhookId } = await webhook();
    const deliveryId = newId();
    await pool.query(
      `INSERT INTO delivery (id, organization_id, project_id, webhook_id, event_type, status, leased_by, erased_at)
       VALUES ($1, $2, $3, $4, 'crane.moved', 'SENDING', $1, now())`,
      [deliveryId, tenant.organizationId, tenant.projectId, webhookId],
    );
    const notifier = { changed() {}, close: async () => {} };
    const recorder = new Recorder({ pool, notifier, log: pino({ level: 'silent' }), onHealthTransition() {} });
    await recorder.record({
      task: {
        attempt: 1,
        webhook: { id: webhookId, profile: profileOf('STANDARD') } as DeliverableWebhook,
        envelope: { deliveryId, organizationId: tenant.organizationId } as Envelope,
      },
      ...{ startedAt: new Date(), durationMs: 1, template: 1, signatures: 'ab'.repeat(32), sentTraceparent: '01' },
      ...{
        outcome: 'SUCCEEDED',
        responseCode: 200,
        responseHeaders: '[]',
        responseBody: 'x',
        responseTruncated: false,
      },
      ...{ error: null, status: 'DELIVERED', statusReason: null, nextAttemptAt: null, retry: null },
    });
    const { rows } = await pool.query('SELECT * FROM attempt WHERE delivery_id = $1', [deliveryId]);
    expect(rows).toMatchObject([{ number: 1, signatures: null, traceparent: null, response_body: null }]);
    await remove(webhookId);
  });

  it('goes on where it was, and ends with everything erased once, however often its process dies', async () => {
    answer = () => 500;
    const { id: webhookId } = await webhook({ retrySchedule: ['PT1H'] });
    const ids: string[] = [];
    for (let from = 0; from < 300; from += 100) {
      const events = Array.from({ length: 100 }, (_, n) => ({
        data: { n: from + n },
        labels: [{ key: 'customer', value: 'c_44' }],
      }));
      ids.push(...(await publish(events)));
    }
    await settled();
    const id = await begin({ labels: [{ key: 'customer', value: 'c_44' }] });
    let deaths = 0;
    for (let ended = false; !ended; ) {
      const dying = new pg.Pool({ connectionString: api.database.url, max: 1, application_name: 'dying' });
      dying.on('error', () => {});
      dying.on('connect', (client) => client.on('error', () => {}));
      let isOver = false;
      const running = eraseSome({ ...parts, pool: dying }, id, limits)
        .then(
          (more) => {
            ended = !more;
          },
          () => {
            deaths++;
          },
        )
        .finally(() => {
          isOver = true;
        });
      // A connection that is cut amid a batch ends the run like the death of its process does.
      while (!isOver && deaths < 5) {
        await sleep(15);
        await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dying'`);
      }
      await running;
      await dying.end();
    }
    expect(deaths).toBeGreaterThan(0);
    expect(await receipt(id)).toMatchObject({
      ...{ state: 'FINISHED', erasedEvents: 300, erasedDeliveries: 300, cancelledDeliveries: 300 },
    });
    const { rows } = await pool.query(
      `SELECT count(*)::int AS events, count(*) FILTER (WHERE e.data::text = 'null' AND e.labels IS NULL)::int AS blank,
              count(*) FILTER (WHERE d.status = 'CANCELLED' AND d.version > 1)::int AS cancelled
         FROM event e JOIN delivery d ON d.event_id = e.id WHERE e.id = ANY ($1)`,
      [ids],
    );
    expect(rows[0]).toEqual({ events: 300, blank: 300, cancelled: 300 });
    const { rows: left } = await pool.query(
      `SELECT (SELECT count(*) FROM event_label WHERE value = 'c_44')::int + (SELECT count(*) FROM delivery_label WHERE value = 'c_44')::int AS labels`,
    );
    expect(left[0]).toEqual({ labels: 0 });
    await remove(webhookId);
  });

  it('of a project takes what the organization’s own webhooks got of its events, and counts what the project’s got', async () => {
    answer = () => 500;
    const { organizationId } = tenant;
    const webhooks = [
      await webhook({ retrySchedule: ['PT1H'] }),
      await webhook({ projectId: undefined, organizationId, profile: 'TESTPLANIT', retrySchedule: ['PT1H'] }, 'wide'),
    ];
    const [id] = (await publish([{ data: { n: 1 } }])) as [string];
    await settled();
    expect(await run(await begin({ ids: [id] }))).toMatchObject({ erasedDeliveries: 1, cancelledDeliveries: 1 });
    const { rows } = await pool.query(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE erased_at IS NOT NULL AND status = 'CANCELLED')::int AS erased
         FROM delivery WHERE event_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ all: 2, erased: 2 }]);
    for (const each of webhooks) await remove(each.id);
  });

  it('by label leaves events alone that are published later, and takes those that were being published', async () => {
    answer = () => 500;
    const { id: webhookId } = await webhook({ retrySchedule: ['PT1H'] });
    const labels = [{ key: 'customer', value: 'c_45' }];
    const [before] = (await publish([{ data: { n: 1 }, labels }])) as [string];
    // A call whose transaction is still open. Its type comes first, so that the erasure has read on by the time of its commit.
    const slow = newId();
    const publisher = await pool.connect();
    await publisher.query('BEGIN');
    await publisher.query(
      `WITH label AS (INSERT INTO event_label VALUES ($2::uuid, 'customer', 'c_45', 'aaa.first', $1::uuid))
       INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, labels)
       VALUES ($1::uuid, $2::uuid, $3::uuid, 'aaa.first', '{"n":2}', now(), '{"customer":"c_45"}')`,
      [slow, tenant.organizationId, tenant.projectId],
    );
    const erasure = await begin({ labels });
    const [later] = (await publish([{ data: { n: 3 }, labels }])) as [string];
    await settled();
    do await step(erasure);
    while ((await receipt(erasure)).erasedEvents === 0);
    await publisher.query('COMMIT');
    publisher.release();
    expect(await run(erasure)).toMatchObject({ erasedEvents: 2, erasedDeliveries: 1, cancelledDeliveries: 1 });
    for (const id of [before, slow]) expect(await eventOf(id)).toMatchObject({ data: null, labels: [] });
    expect(await eventOf(later)).toMatchObject({
      ...{ data: { n: 3 }, erasedAt: null, labels: [{ key: 'customer' }] },
      deliveries: { edges: [{ node: { status: 'RETRYING' } }] },
    });
    await remove(webhookId);
  });

  it('by labels reads the rarest one in bounded parts, of all types, and goes on where it was', async () => {
    const { organizationId, projectId } = tenant;
    const store = async (type: string, count: number, labels: object) => {
      const ids = Array.from({ length: count }, newId);
      await pool.query(
        `WITH labels AS (
           INSERT INTO event_label SELECT $2::uuid, l.key, l.value, $4::text, id FROM unnest($1::uuid[]) AS id, jsonb_each_text($5::jsonb) AS l
         )
         INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, labels)
         SELECT id, $2::uuid, $3::uuid, $4::text, '{"n":1}', now(), $5::jsonb FROM unnest($1::uuid[]) AS id`,
        [ids, organizationId, projectId, type, labels],
      );
    };
    const both = { plan: 'common', region: 'rare' };
    await store('bulk.one', 60, both);
    await store('bulk.two', 2_100, { region: 'rare' });
    await store('bulk.two', 70, both);
    await store('bulk.three', 1, both);
    await store('bulk.four', 2_500, { plan: 'common' });
    const labels = [
      { key: 'plan', value: 'common' },
      { key: 'region', value: 'rare' },
    ];
    const erasure = await begin({ labels });
    const places: { type: string | null; rows: number }[] = [];
    for (let more = true; more; ) {
      more = await step(erasure);
      const { rows } = await pool.query(
        `SELECT e.after_type AS type, (SELECT count(*)::int FROM event_label l
            WHERE l.organization_id = e.organization_id AND l.key = 'region' AND (l.event_type, l.event_id) <= (e.after_type, e.after_id)) AS rows
           FROM erasure e WHERE id = $1`,
        [erasure],
      );
      places.push(rows[0]);
    }
    expect(await receipt(erasure)).toMatchObject({
      state: 'FINISHED',
      erasedEvents: 131,
      labelKeys: ['plan', 'region'],
    });
    expect(new Set(places.map(({ type }) => type))).toEqual(new Set(['bulk.one', 'bulk.two', null]));
    for (const [index, place] of places.entries()) {
      expect(place.rows - (places[index - 1]?.rows ?? 0), `${index}`).toBeLessThanOrEqual(1_000);
    }
    const { rows } = await pool.query(
      `SELECT count(*) FILTER (WHERE erased_at IS NOT NULL)::int AS erased, count(*)::int AS all FROM event WHERE type LIKE 'bulk.%'`,
    );
    expect(rows).toEqual([{ erased: 131, all: 4_731 }]);
  });

  it('forgets the answers of keyed replays of its events, and no other', async () => {
    const { id: webhookId } = await webhook();
    answer = () => 200;
    const [one, two] = (await publish([{ data: { n: 1 } }, { data: { n: 2 } }])) as [string, string];
    await settled();
    for (const id of [one, two]) {
      const [{ node }] = (await eventOf(id)).deliveries.edges;
      await api.data(
        tenant.key,
        'mutation ($input: ReplayDeliveryInput!) { replayDelivery(input: $input) { delivery { id } } }',
        { input: { id: node.id, idempotencyKey: `replay of ${id}` } },
      );
    }
    await settled();
    await run(await begin({ ids: [one] }));
    const { rows } = await pool.query(`SELECT key FROM action_key WHERE key LIKE 'replay of %'`);
    expect(rows).toEqual([{ key: `replay of ${two}` }]);
    await remove(webhookId);
  });

  it('is one of 20 of its organization at most, also where processes begin them at the same moment', async () => {
    const busy = await api.tenant();
    const erase = () =>
      api.data(busy.key, erasing, {
        input: { organizationId: busy.organizationId, labels: [{ key: 'customer', value: 'c_46' }] },
      });
    for (let running = 0; running < 19; running++) await erase();
    // Two that begin at the same moment: neither can commit before both have counted, unless one waits for the other.
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE audit_event IN SHARE MODE');
    const answers = Promise.allSettled([erase(), erase()]);
    for (;;) {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS waiting FROM pg_locks
          WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      if (rows[0].waiting >= 2) break;
      await sleep(10);
    }
    await holder.query('COMMIT');
    holder.release();
    expect((await answers).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { rows } = await pool.query('SELECT count(*)::int AS running FROM erasure WHERE organization_id = $1', [
      busy.organizationId,
    ]);
    expect(rows).toEqual([{ running: 20 }]);
  });

  it('takes turns with the others of its organization: together they have one connection', async () => {
    const connected = { now: 0, most: 0 };
    const counted = Object.assign(Object.create(pool) as pg.Pool, {
      connect: async () => {
        const client = await pool.connect();
        connected.most = Math.max(connected.most, ++connected.now);
        const release = client.release.bind(client);
        client.release = (broken?: boolean) => {
          connected.now--;
          release(broken);
        };
        return client;
      },
    });
    const turns = new KeyedTurns();
    const finish = async (id: string, organizationId: string) => {
      const inTurn = <T>(batch: () => Promise<T>) => turns.run(organizationId, batch);
      while (await eraseSome({ ...parts, pool: counted }, id, { ...limits, inTurn }));
    };
    await publish(
      Array.from({ length: 90 }, (_, n) => ({ data: { n }, labels: [{ key: 'turn', value: `t_${n % 3}` }] })),
    );
    const erasures = [];
    for (const value of ['t_0', 't_1', 't_2']) erasures.push(await begin({ labels: [{ key: 'turn', value }] }));
    await Promise.all(erasures.map((id) => finish(id, tenant.organizationId)));
    for (const id of erasures) expect(await receipt(id)).toMatchObject({ state: 'FINISHED', erasedEvents: 30 });
    expect(connected).toEqual({ now: 0, most: 1 });
  });

  it('begins no batch where its process is to end while it waits for its turn', async () => {
    const [id] = (await publish([{ data: { n: 1 } }])) as [string];
    const erasure = await begin({ ids: [id] });
    const turns = new KeyedTurns();
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const other = turns.run('a', () => held);
    const stopping = new AbortController();
    const inTurn = <T>(batch: () => Promise<T>) => turns.run('a', batch);
    const waiting = eraseSome(parts, erasure, { ...limits, signal: stopping.signal, inTurn });
    stopping.abort();
    end();
    expect(await waiting).toBe(true);
    await other;
    expect(await receipt(erasure)).toMatchObject({ state: 'RUNNING', erasedEvents: 0 });
    expect(await run(erasure)).toMatchObject({ state: 'FINISHED', erasedEvents: 1 });
  });

  it('says what is wrong with its input, and erases nothing then', async () => {
    const [id] = (await publish([{ data: { n: 1 } }])) as [string];
    const { projectId, organizationId } = tenant;
    const other = await api.tenant();
    const refused = (input: object, key = tenant.key) => api.refusal(key, erasing, { input: { projectId, ...input } });
    const nobody = '0199a0c5-0000-7000-8000-0000000000ff';
    expect(await refused({})).toEqual({ code: 'VALIDATION_FAILED', field: 'input' });
    expect(await refused({ ids: [id], labels: [{ key: 'a', value: 'b' }] })).toMatchObject({ field: 'input' });
    expect(await refused({ ids: [] })).toEqual({ code: 'VALIDATION_FAILED', field: 'input.ids' });
    expect(await refused({ labels: [] })).toEqual({ code: 'VALIDATION_FAILED', field: 'input.labels' });
    expect(await refused({ labels: [{ key: 'No Key', value: 'b' }] })).toMatchObject({ field: 'input.labels[0].key' });
    expect(await refused({ ids: [id, nobody] })).toEqual({ code: 'NOT_FOUND', field: 'input.ids[1]' });
    expect(await refused({ ids: Array(1_001).fill(id) })).toEqual({ code: 'LIMIT_EXCEEDED', field: 'input.ids' });
    // Another tenant's event, and another tenant's project.
    expect(await refused({ projectId: other.projectId, ids: [id] }, other.key)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused({ ids: [id] }, other.key)).toMatchObject({ code: 'NOT_FOUND' });
    const publisher = await api.key(tenant.key, { organizationId, permissions: ['EVENT_PUBLISH', 'WEBHOOK_READ'] });
    expect(await refused({ ids: [id] }, publisher)).toMatchObject({ code: 'FORBIDDEN' });
    expect(await eventOf(id)).toMatchObject({ data: { n: 1 }, erasedAt: null });
    // One click is one erasure.
    const input = { ids: [id], idempotencyKey: 'a click' };
    expect(new Set([await begin(input), await begin(input)]).size).toBe(1);
    expect(await refused({ ids: [id, id], idempotencyKey: 'a click' })).toMatchObject({ code: 'CONFLICT' });
  });

  it('frees the idempotency key of an erased event; others expire after a day as before', async () => {
    const [id] = (await publish([{ data: { n: 1 }, idempotencyKey: 'free-again' }])) as [string];
    expect(await publish([{ data: { n: 1 }, idempotencyKey: 'free-again' }])).toEqual([id]);
    await run(await begin({ ids: [id] }));
    expect(await publish([{ data: { n: 1 }, idempotencyKey: 'free-again' }])).not.toEqual([id]);
    await pool.query(
      `INSERT INTO idempotency_key (scope_id, key, event_id, digest, expires_at)
       VALUES ($1, 'old', '01900000-0000-7000-8000-000000000000', '', now() - interval '1 second'),
              ($1, 'kept', '01900000-0000-7000-8000-000000000001', '', now() + interval '1 hour')`,
      [tenant.projectId],
    );
    expect(await expireKeys(pool, 5_000)).toBe(1);
    const { rows } = await pool.query(`SELECT key FROM idempotency_key WHERE key IN ('old', 'kept')`);
    expect(rows).toEqual([{ key: 'kept' }]);
  });
});

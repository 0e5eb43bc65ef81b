import type { GraphQLObjectType } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { schema } from '../../../schema/schema.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';
import { objectOf, selections } from './selections.ts';

/** What everybody learns of a delivery that they may send again: how far it is. */
const progress = [
  'id',
  'direction',
  'eventType',
  'status',
  'attemptCount',
  'nextAttemptAt',
  'createdAt',
  'completedAt',
  'noReplayBecause',
  'isTest',
  'version',
];

describe('who may replay and not read', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;
  let webhook: string;
  let delivery: string;
  let secrets: string[];
  let principals: Record<string, string>;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    const { organizationId, projectId } = tenant;
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver(() => ({ code: 418, body: 'The receiver answers.' })).listen();
    await api.eventType(tenant, 'crane.moved');
    webhook = (await api.webhook(tenant, { url: `${receiver.url}/hidden`, headers: [{ name: 'X-Berth', value: '4' }] }))
      .id;
    const published = await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
      { input: { projectId, events: [{ type: 'crane.moved', data: { cargo: 'amphoras' } }] } },
    );
    delivery = await attempted('replay_of_id IS NULL');
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
      { input: { projectId, permissions: ['DELIVERY_REPLAY'] } },
    );
    principals = {
      'a key': await api.key(tenant.key, { organizationId, permissions: ['DELIVERY_REPLAY'] }),
      'a portal link': createPortalLink.token,
    };
    const event = published.publishEvents.events[0].id;
    secrets = [webhook, event, 'amphoras', '/hidden', 'X-Berth', 'The receiver answers.', ':418'];
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await receiver.close();
  });

  /** @returns the id of a delivery whose first attempt is recorded */
  const attempted = (condition: string): Promise<string> =>
    vi.waitUntil(
      async () => (await pool.query(`SELECT id FROM delivery WHERE attempt_count > 0 AND ${condition}`)).rows[0]?.id,
      { timeout: 20_000 },
    );

  const typeNamed = (name: string) => schema.getType(name) as GraphQLObjectType;

  /** Asks along every path of an answer. */
  async function walk(key: string, type: string, call: string, ids: readonly string[]): Promise<void> {
    let answered = 0;
    for (const selection of selections(typeNamed(type))) {
      const { text, errors } = await api.ask(key, `mutation { ${call} { ${selection} } }`);
      expect(
        (errors ?? []).filter(({ extensions }) => extensions.code !== 'FORBIDDEN'),
        selection,
      ).toEqual([]);
      for (const secret of ids) expect(text.includes(secret), `${selection} shows ${secret}`).toBe(false);
      if (!errors) answered += 1;
    }
    expect(answered).toBeGreaterThan(5);
  }

  it.each(['a key', 'a portal link'])(
    'learns of a delivery how far it is, and no more: %s',
    { timeout: 60_000 },
    async (by) => {
      const key = principals[by] as string;
      const replay = `replayDelivery(input: { id: "${delivery}", idempotencyKey: "${by}" })`;
      const { replayDelivery } = await api.data(key, `mutation { ${replay} { delivery { id } } }`);
      await attempted(`id = '${replayDelivery.delivery.id}'`);
      await walk(key, 'ReplayDeliveryPayload', replay, [...secrets, delivery]);
      const bulk = `bulkReplayDeliveries(input: { ids: ["${delivery}"], idempotencyKey: "${by}, many" })`;
      const retry = `retryDelivery(input: { id: "${replayDelivery.delivery.id}" })`;
      const leaves = Object.values(typeNamed('Delivery').getFields()).map(({ name, type }) =>
        objectOf(type) === null ? name : `${name} { __typename }`,
      );
      const answer = await api.data(
        key,
        `mutation { a: ${retry} { delivery { ${leaves} } } b: ${bulk} { deliveries { ${leaves} } } }`,
      );
      for (const shown of [answer.a.delivery, answer.b.deliveries[0]]) {
        const known = Object.keys(shown).filter((name) => shown[name] !== null && shown[name].length !== 0);
        expect(known.filter((name) => !progress.includes(name))).toEqual([]);
        expect(shown).toMatchObject({ eventType: 'crane.moved', attempts: [], replays: [] });
      }
    },
  );

  it.each(['a key', 'a portal link'])('learns of a recovery how far it is, and no more: %s', async (by) => {
    const key = principals[by] as string;
    const begin = `recoverDeliveries(input: { webhookId: "${webhook}", since: "2026-01-01T00:00:00Z", idempotencyKey: "${by}, recovery" })`;
    const { recoverDeliveries } = await api.data(key, `mutation { ${begin} { recovery { id total webhook { id } } } }`);
    expect(recoverDeliveries.recovery.webhook).toBeNull();
    await walk(key, 'RecoverDeliveriesPayload', begin, secrets);
    const cancel = `cancelRecovery(input: { id: "${recoverDeliveries.recovery.id}" })`;
    const cancelled = await api.data(key, `mutation { ${cancel} { recovery { state webhook { id } } } }`);
    expect(cancelled.cancelRecovery.recovery).toEqual({ state: 'CANCELLED', webhook: null });
  });

  it('is told all of it once it may read', async () => {
    const { organizationId } = tenant;
    const reader = await api.key(tenant.key, { organizationId, permissions: ['DELIVERY_REPLAY', 'WEBHOOK_READ'] });
    const replay = `replayDelivery(input: { id: "${delivery}", idempotencyKey: "reader" })`;
    const first = await api.data(reader, `mutation { ${replay} { delivery { id } } }`);
    await attempted(`id = '${first.replayDelivery.delivery.id}'`);
    const { replayDelivery } = await api.data(
      reader,
      `mutation { ${replay} { delivery { responseCode responseTime payloadPreview request { url body } replayOf { id }
        webhook { id } event { id } attempts { responseBody } } } }`,
    );
    expect(replayDelivery.delivery).toEqual({
      responseCode: 418,
      responseTime: expect.any(String),
      payloadPreview: expect.stringContaining('amphoras'),
      request: { url: `${receiver.url}/hidden`, body: expect.stringContaining('amphoras') },
      replayOf: { id: delivery },
      webhook: { id: webhook },
      event: { id: secrets[1] },
      attempts: [{ responseBody: 'The receiver answers.' }],
    });
  });
});

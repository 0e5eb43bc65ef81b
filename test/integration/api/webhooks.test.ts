import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const create = `mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret testDelivery { id isTest } webhook {
  id name description profile url eventTypes active health healthReason consecutiveFailures retrySchedule timeout
  headers { name value } hasSecret retiringSecretUntil retiringSecretExtended lastDispatchedAt lastSuccessAt lastFailureAt
  deletedAt organization { id } project { id } deliveries { edges { node { id } } } } } }`;
const upsert = `mutation ($input: UpsertWebhookInput!) { upsertWebhook(input: $input) { webhook {
  id url active inactiveSince updatedAt } } }`;
const update = `mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook {
  name description url eventTypes retrySchedule timeout headers { name value } } } }`;

describe('webhooks', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  const version = async () =>
    Number(
      (await pool.query('SELECT routing_version FROM organization WHERE id = $1', [tenant.organizationId])).rows[0]
        .routing_version,
    );
  const input = (changes: object = {}) => ({
    input: { projectId: tenant.projectId, name: 'Berth board', url: 'https://hooks.example.com/berths', ...changes },
  });

  it('are created with what their profile says, and tell their secret once', async () => {
    const before = await version();
    const { createWebhook } = await api.data(tenant.key, create, input());
    expect(createWebhook.secret).toMatch(/^whsec_/);
    expect(createWebhook.testDelivery).toBeNull();
    expect(createWebhook.webhook).toMatchObject({
      name: 'Berth board',
      description: null,
      profile: 'STANDARD',
      url: 'https://hooks.example.com/berths',
      eventTypes: [],
      active: true,
      health: 'HEALTHY',
      healthReason: null,
      consecutiveFailures: 0,
      retrySchedule: ['PT5S', 'PT5M', 'PT30M', 'PT2H', 'PT5H', 'PT10H', 'PT10H'],
      timeout: 'PT15S',
      headers: [],
      hasSecret: true,
      retiringSecretUntil: null,
      retiringSecretExtended: false,
      lastDispatchedAt: null,
      deletedAt: null,
      organization: { id: tenant.organizationId },
      project: { id: tenant.projectId },
      deliveries: { edges: [] },
    });
    expect(await version()).toBe(before + 1);
    const { rows } = await pool.query('SELECT * FROM webhook_state WHERE webhook_id = $1', [createWebhook.webhook.id]);
    expect(rows).toHaveLength(1);
    const stored = await pool.query('SELECT sealed FROM webhook_secret WHERE webhook_id = $1', [
      createWebhook.webhook.id,
    ]);
    expect(stored.rows[0].sealed.toString('latin1')).not.toContain(createWebhook.secret);
    const again = await api.ask(tenant.key, 'query ($id: ID!) { webhook(id: $id) { url hasSecret } }', {
      id: createWebhook.webhook.id,
    });
    expect(again.text).not.toContain(createWebhook.secret);
  });

  it('carry their own schedule, timeout, headers, types and secret, the values of headers shown to nobody', async () => {
    const { createWebhook } = await api.data(
      tenant.key,
      create,
      input({
        description: 'Moves of cranes',
        eventTypes: ['crane.moved', 'crane.moved'],
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        retrySchedule: ['PT1S', 'P7D'],
        timeout: 'PT1.5S',
        headers: [
          { name: 'X-Berth', value: 'seven' },
          { name: 'Authorization', value: 'Bearer do-not-show' },
        ],
      }),
    );
    expect(createWebhook.secret).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(createWebhook.webhook).toMatchObject({
      description: 'Moves of cranes',
      eventTypes: ['crane.moved'],
      retrySchedule: ['PT1S', 'P7D'],
      timeout: 'PT1.5S',
      headers: [
        { name: 'X-Berth', value: '[redacted]' },
        { name: 'Authorization', value: '[redacted]' },
      ],
    });
    const { rows } = await pool.query('SELECT headers_sealed FROM webhook WHERE id = $1', [createWebhook.webhook.id]);
    expect(rows[0].headers_sealed.toString('latin1')).not.toContain('do-not-show');
  });

  it('say which schedule and timeout are their own, also one without retries, and not which their profile has', async () => {
    const own = 'query ($id: ID!) { webhook(id: $id) { ownRetrySchedule ownTimeout } }';
    const of = async (changes: object) => (await api.data(tenant.key, own, await api.webhook(tenant, changes))).webhook;
    expect(await of({})).toEqual({ ownRetrySchedule: null, ownTimeout: null });
    expect(await of({ retrySchedule: [], timeout: 'PT15S' })).toEqual({ ownRetrySchedule: [], ownTimeout: 'PT15S' });
    expect(await of({ retrySchedule: ['PT1M'] })).toEqual({ ownRetrySchedule: ['PT1M'], ownTimeout: null });
  });

  it('may have no retry at all', async () => {
    const { createWebhook } = await api.data(tenant.key, create, input({ retrySchedule: [] }));
    expect(createWebhook.webhook.retrySchedule).toEqual([]);
  });

  it('are refused with the argument at fault, and nothing is stored', async () => {
    const counted = async () => (await pool.query('SELECT count(*)::int AS webhooks FROM webhook')).rows[0].webhooks;
    const before = await counted();
    const header = (name: string, value = 'x') => ({
      headers: [
        { name: 'X-Fine', value: 'y' },
        { name, value },
      ],
    });
    const cases: [object, string][] = [
      [{ name: ' ' }, 'input.name'],
      [{ name: 'x'.repeat(201) }, 'input.name'],
      [{ name: 'a\u0000b' }, 'input.name'],
      [{ description: 'x'.repeat(2_001) }, 'input.description'],
      [{ url: 'ftp://example.com' }, 'input.url'],
      [{ url: 'not a url' }, 'input.url'],
      [{ url: 'http://10.0.0.1/' }, 'input.url'],
      [{ url: 'https://user:password@example.com/' }, 'input.url'],
      [{ eventTypes: ['crane.moved', 'crane.sunk'] }, 'input.eventTypes[1]'],
      [{ secret: 'short' }, 'input.secret'],
      [{ retrySchedule: Array.from({ length: 21 }, () => 'PT1S') }, 'input.retrySchedule'],
      [{ retrySchedule: ['PT1S', 'P8D'] }, 'input.retrySchedule[1]'],
      [{ retrySchedule: ['PT0S'] }, 'input.retrySchedule[0]'],
      [{ timeout: 'PT0.9S' }, 'input.timeout'],
      [{ timeout: 'PT61S' }, 'input.timeout'],
      [{ headers: Array.from({ length: 21 }, (_, index) => ({ name: `X-${index}`, value: 'x' })) }, 'input.headers'],
      [header('Host'), 'input.headers[1]'],
      [header('content-type'), 'input.headers[1]'],
      [header('Webhook-Signature'), 'input.headers[1]'],
      [header('User-Agent'), 'input.headers[1]'],
      [header('X-Split', 'a\r\nX-Other: b'), 'input.headers[1]'],
      [header('X Space'), 'input.headers[1]'],
      [header('x-fine'), 'input.headers[1].name'],
    ];
    for (const [changes, field] of cases) {
      const refusal = await api.refusal(tenant.key, create, input(changes));
      expect(refusal, JSON.stringify(changes).slice(0, 100)).toEqual({ code: 'VALIDATION_FAILED', field });
    }
    expect(await counted()).toBe(before);
  });

  it('take the profile of their project, and ONPLANA pings at once', async () => {
    const onplana = await api.tenant('ONPLANA');
    const receiver = await new Receiver().listen();
    try {
      const { createWebhook } = await api.data(onplana.key, create, {
        input: { projectId: onplana.projectId, name: 'Plan', url: receiver.url },
      });
      expect(createWebhook.webhook.profile).toBe('ONPLANA');
      expect(createWebhook.testDelivery.isTest).toBe(true);
      await receiver.count(1);
      expect(receiver.received[0]?.headers['x-onplana-event']).toBe('webhook.ping');
      expect(
        await api.refusal(onplana.key, create, {
          input: { ...input().input, projectId: onplana.projectId, secret: 'x'.repeat(32) },
        }),
      ).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.secret',
      });
    } finally {
      await receiver.close();
    }
  });

  it('of a Slack URL are SLACK, and show nothing of the URL, which is the credential', async () => {
    const url = 'https://hooks.slack.com/services/T000/B000/do-not-show';
    const answer = await api.ask(tenant.key, create, input({ url }));
    expect(answer.data.createWebhook).toMatchObject({
      secret: null,
      webhook: { profile: 'SLACK', url: 'https://hooks.slack.com/…', hasSecret: false },
    });
    const { id } = answer.data.createWebhook.webhook;
    const shown = await api.ask(
      tenant.key,
      'query ($id: ID!) { webhook(id: $id) { url } webhooks(search: "do-not-show") { edges { cursor } } }',
      { id },
    );
    expect(shown.data.webhooks.edges).toEqual([]);
    const { rows } = await pool.query('SELECT url, url_sealed FROM webhook WHERE id = $1', [id]);
    for (const text of [answer.text, shown.text, rows[0].url, rows[0].url_sealed.toString('latin1')]) {
      expect(text).not.toContain('do-not-show');
    }
    for (const [changes, field] of [
      [{ url, profile: 'STANDARD' }, 'input.profile'],
      [{ url, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, 'input.secret'],
      [{ profile: 'SLACK' }, 'input.url'],
    ] as const) {
      expect(await api.refusal(tenant.key, create, input(changes))).toEqual({ code: 'VALIDATION_FAILED', field });
    }
    const plain = await api.webhook(tenant);
    expect(await api.refusal(tenant.key, update, { input: { id: plain.id, url } })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.url',
    });
    await api.data(tenant.key, update, { input: { id, url: `${url}-2` } });
  });

  it('may be of the whole organization, and are STANDARD unless said otherwise', async () => {
    const { createWebhook } = await api.data(tenant.key, create, {
      input: {
        organizationId: tenant.organizationId,
        name: 'All berths',
        url: 'https://example.com/',
        eventTypes: ['crane.moved'],
      },
    });
    expect(createWebhook.webhook).toMatchObject({ project: null, profile: 'STANDARD', eventTypes: ['crane.moved'] });
  });

  it('are changed where a change is named, and go back to their profile by null', async () => {
    const { id } = await api.webhook(tenant, {
      retrySchedule: ['PT1S'],
      timeout: 'PT2S',
      headers: [{ name: 'X-A', value: 'b' }],
    });
    const before = await version();
    const changed = await api.data(tenant.key, update, { input: { id, name: 'Renamed', eventTypes: ['crane.moved'] } });
    expect(changed.updateWebhook.webhook).toEqual({
      name: 'Renamed',
      description: null,
      url: 'http://127.0.0.1:9/hook',
      eventTypes: ['crane.moved'],
      retrySchedule: ['PT1S'],
      timeout: 'PT2S',
      headers: [{ name: 'X-A', value: '[redacted]' }],
    });
    expect(await version()).toBe(before + 1);
    const reset = await api.data(tenant.key, update, {
      input: {
        id,
        eventTypes: null,
        retrySchedule: null,
        timeout: null,
        headers: null,
        url: 'https://example.com/new',
      },
    });
    expect(reset.updateWebhook.webhook).toMatchObject({
      eventTypes: [],
      timeout: 'PT15S',
      headers: [],
      url: 'https://example.com/new',
    });
    expect(reset.updateWebhook.webhook.retrySchedule).toHaveLength(7);
    expect(await api.refusal(tenant.key, update, { input: { id, name: null } })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.name',
    });
    expect(await api.refusal(tenant.key, update, { input: { id, url: 'gopher://x' } })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.url',
    });
  });

  it('show no value of their headers, whatever its name, and keep it where none is given anew', async () => {
    const receiver = await new Receiver().listen();
    try {
      const names = ['X-Jwt', 'X-Passwd', 'X-Hmac', 'X-Bearer', 'X-Team'];
      const secret = (name: string) => `do-not-show-${name}`;
      const { id } = await api.webhook(tenant, {
        url: receiver.url,
        headers: names.map((name) => ({ name, value: secret(name) })),
      });
      const { createPortalLink } = await api.data(
        tenant.key,
        'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }',
        { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
      );
      for (const key of [createPortalLink.token, tenant.key]) {
        const { text } = await api.ask(key, 'query ($id: ID!) { webhook(id: $id) { headers { name value } } }', { id });
        for (const name of names) expect(text).toContain(`{"name":"${name}","value":"[redacted]"}`);
        expect(text).not.toContain('do-not-show');
      }
      const set = (headers: object[]) => api.data(tenant.key, update, { input: { id, headers } });
      await set([{ name: 'x-jwt' }, { name: 'X-Hmac', value: null }, { name: 'X-Team', value: 'new' }]);
      await api.data(
        tenant.key,
        'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }',
        { id },
      );
      const [sent] = await receiver.count(1);
      expect(sent?.headers).toMatchObject({ 'x-jwt': secret('X-Jwt'), 'x-hmac': secret('X-Hmac'), 'x-team': 'new' });
      expect(sent?.headers).not.toHaveProperty('x-bearer');
      for (const [headers, field] of [
        [[{ name: 'X-Other' }], 'input.headers[0].value'],
        [[{ name: 'X-Bearer', value: null }], 'input.headers[0].value'],
        [[{ name: 'X-Team', value: '[redacted]' }], 'input.headers[0].value'],
      ] as const) {
        expect(await api.refusal(tenant.key, update, { input: { id, headers } })).toEqual({
          code: 'VALIDATION_FAILED',
          field,
        });
      }
      expect(await api.refusal(tenant.key, create, input({ headers: [{ name: 'X-Team' }] }))).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.headers[0].value',
      });
    } finally {
      await receiver.close();
    }
  });

  it('are switched off and on', async () => {
    const { id } = await api.webhook(tenant);
    const set =
      'mutation ($id: ID!, $active: Boolean!) { setWebhookActive(input: { id: $id, active: $active }) { webhook { active } } }';
    expect((await api.data(tenant.key, set, { id, active: false })).setWebhookActive.webhook.active).toBe(false);
    const listed = await api.data(tenant.key, '{ webhooks(active: false) { edges { node { id } } } }');
    expect(listed.webhooks.edges).toEqual([{ node: { id } }]);
    expect((await api.data(tenant.key, set, { id, active: true })).setWebhookActive.webhook.active).toBe(true);
  });

  it('may be made switched off: they get nothing, not even a ping, and know what they missed', async () => {
    const onplana = await api.tenant('ONPLANA');
    const receiver = await new Receiver().listen();
    try {
      const owner = { projectId: onplana.projectId, name: 'Plan', url: receiver.url };
      const { createWebhook } = await api.data(onplana.key, create, { input: { ...owner, active: false } });
      expect(createWebhook).toMatchObject({ webhook: { active: false }, testDelivery: null });
      const upserted = await api.data(onplana.key, upsert, { input: { ...owner, externalId: 'off', active: false } });
      expect(upserted.upsertWebhook.webhook).toMatchObject({ active: false, inactiveSince: expect.any(String) });
      // One that is on is told at once: nothing was on its way to the others.
      await api.data(onplana.key, create, { input: { ...owner, url: `${receiver.url}on`, active: true } });
      await receiver.count(1);
      expect(receiver.received.map(({ path }) => path)).toEqual(['/on']);
    } finally {
      await receiver.close();
    }

    const { id } = await api.webhook(tenant, { eventTypes: ['crane.moved'], active: false });
    await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
      { input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] } },
    );
    const state =
      'query ($id: ID!) { webhook(id: $id) { missedEvents { count } deliveries { edges { node { id } } } } }';
    expect((await api.data(tenant.key, state, { id })).webhook).toEqual({
      missedEvents: { count: 1 },
      deliveries: { edges: [] },
    });
  });

  it('are changed and switched by an upsert in one step, and stay as they are where it does not say', async () => {
    const owner = { projectId: tenant.projectId, name: 'Quay', externalId: 'quay' };
    const put = async (changes: object) => {
      const input = { ...owner, url: 'https://hooks.example.com/quay', ...changes };
      return (await api.data(tenant.key, upsert, { input })).upsertWebhook.webhook;
    };
    const { id } = await put({});
    const off = await put({ url: 'https://hooks.example.com/other', active: false });
    expect(off).toMatchObject({ id, url: 'https://hooks.example.com/other', active: false });
    const audited = await pool.query(
      `SELECT action, "before"->>'active' AS before, after->>'active' AS after, after->>'url' AS url FROM audit_event
        WHERE target_id = $1 ORDER BY id`,
      [id],
    );
    expect(audited.rows.slice(1)).toEqual([
      { action: 'webhook.updated', before: 'true', after: 'false', url: 'https://hooks.example.com/other' },
    ]);
    expect(await put({ url: off.url, active: false })).toEqual(off);
    expect(await put({ url: off.url })).toEqual(off);
    expect(await put({ url: off.url, active: null })).toEqual(off);
    expect(await put({ url: off.url, active: true })).toMatchObject({ active: true, inactiveSince: null });
  });

  it('are counted up to a bound, in lists of their own and in those of their project, without deleted ones', async () => {
    const own = await api.tenant();
    for (const name of ['A', 'B', 'C', 'D']) await api.webhook(own, { name });
    const { id } = await api.webhook(own, { name: 'Gone' });
    for (let times = 0; times < 3; times++) {
      await api.data(own.key, 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }', {
        id,
      });
    }
    await api.data(own.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
    const totals = await api.data(
      own.key,
      `query ($id: ID!) {
         webhooks(first: 0) { totalCount total { count more } edges { cursor } }
         found: webhooks(search: "b", first: 1) { total(atMost: 1) { count more } }
         some: webhooks(last: 1) { total(atMost: 3) { count more } pageInfo { hasPreviousPage } }
         deliveries(first: 1, webhookId: $id) { total { count more } edges { node { webhook { deliveries { total(atMost: 2) { count more } } } } } }
         project(id: "${own.projectId}") { webhooks(first: 2) { total { count more } edges { cursor } } organization { projects { totalCount } } }
       }`,
      { id },
    );
    expect(totals).toMatchObject({
      webhooks: { totalCount: 4, total: { count: 4, more: false }, edges: [] },
      found: { total: { count: 1, more: false } },
      some: { total: { count: 3, more: true }, pageInfo: { hasPreviousPage: true } },
      deliveries: {
        total: { count: 3, more: false },
        edges: [{ node: { webhook: { deliveries: { total: { count: 2, more: true } } } } }],
      },
      project: {
        webhooks: { total: { count: 4, more: false } },
        organization: { projects: { totalCount: 1 } },
      },
    });
    expect(totals.project.webhooks.edges).toHaveLength(2);
    // Beyond the bound there is no number.
    await pool.query(
      `INSERT INTO portal_link (id, organization_id, project_id, name, digest, permissions, expires_at)
       SELECT gen_random_uuid(), $1, $2, 'Many', sha256(n::text::bytea), '{}', now() + interval '1 hour' FROM generate_series(1, 1001) AS n`,
      [own.organizationId, own.projectId],
    );
    const many = await api.data(own.key, '{ portalLinks(first: 0) { totalCount total { count more } } }');
    expect(many.portalLinks).toEqual({ totalCount: null, total: { count: 1_000, more: true } });
    for (const atMost of [0, 1_001]) {
      expect(await api.refusal(own.key, `{ webhooks { total(atMost: ${atMost}) { count } } }`)).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'atMost',
      });
    }
  });

  it('say when their configuration was last changed, which deliveries do not change', async () => {
    const { id } = await api.webhook(tenant);
    const read = async () =>
      (await api.data(tenant.key, 'query ($id: ID!) { webhook(id: $id) { createdAt updatedAt } }', { id })).webhook;
    const change = async (mutation: string) => {
      const before = (await read()).updatedAt;
      await api.data(tenant.key, `mutation ($id: ID!) { ${mutation} }`, { id });
      return Date.parse((await read()).updatedAt) - Date.parse(before);
    };
    const { createdAt, updatedAt } = await read();
    expect(updatedAt).toBe(createdAt);
    expect(await change('sendTestEvent(input: { webhookId: $id }) { delivery { id } }')).toBe(0);
    for (const mutation of [
      'updateWebhook(input: { id: $id, timeout: "PT7S" }) { webhook { id } }',
      'setWebhookActive(input: { id: $id, active: false }) { webhook { id } }',
      'rotateWebhookSecret(input: { id: $id }) { webhook { id } }',
      'retireWebhookSecret(input: { id: $id }) { webhook { id } }',
    ]) {
      expect(await change(mutation), mutation).toBeGreaterThan(0);
    }
  });

  it('are deleted for good, while their deliveries still name them', async () => {
    const { id } = await api.webhook(tenant);
    const sent = await api.data(
      tenant.key,
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }',
      { id },
    );
    const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { deletedAt } } }';
    expect((await api.data(tenant.key, remove, { id })).deleteWebhook.webhook.deletedAt).toBeTruthy();
    const gone = { code: 'NOT_FOUND', field: 'input.id' };
    expect(await api.refusal(tenant.key, 'query ($id: ID!) { webhook(id: $id) { id } }', { id })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    expect(await api.refusal(tenant.key, remove, { id })).toEqual(gone);
    const { delivery } = await api.data(
      tenant.key,
      'query ($id: ID!) { delivery(id: $id) { webhook { id deletedAt } } }',
      { id: sent.sendTestEvent.delivery.id },
    );
    expect(delivery.webhook.id).toBe(id);
  });

  it('are found by a part of their name or URL, by health and page by page', async () => {
    const own = await api.tenant();
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      await api.webhook(own, { name, url: `https://example.com/${name.toLowerCase()}-hook` });
    }
    const names = async (args: string) => {
      const { webhooks } = await api.data(own.key, `{ webhooks(${args}) { edges { node { name } } } }`);
      return webhooks.edges.map((edge: { node: { name: string } }) => edge.node.name);
    };
    expect(await names('search: "BET"')).toEqual(['Beta']);
    expect(await names('search: "gamma-hook"')).toEqual(['Gamma']);
    expect(await names('search: "100%_"')).toEqual([]);
    expect(await names('health: [HEALTHY]')).toEqual(['Gamma', 'Beta', 'Alpha']);
    expect(await names('health: [DEGRADED, DISABLED]')).toEqual([]);
    const { webhooks } = await api.data(own.key, '{ webhooks(search: "beta") { edges { node { id } } } }');
    await api.data(own.key, 'mutation ($id: ID!) { pauseWebhook(input: { webhookId: $id }) { webhook { id } } }', {
      id: webhooks.edges[0].node.id,
    });
    expect(await names('paused: true')).toEqual(['Beta']);
    expect(await names('paused: false')).toEqual(['Gamma', 'Alpha']);
    const page =
      'query ($after: String) { webhooks(first: 2, after: $after) { edges { node { name } } pageInfo { hasNextPage endCursor } } }';
    const first = await api.data(own.key, page);
    expect(first.webhooks.edges.map((edge: { node: { name: string } }) => edge.node.name)).toEqual(['Gamma', 'Beta']);
    expect(first.webhooks.pageInfo.hasNextPage).toBe(true);
    const second = await api.data(own.key, page, { after: first.webhooks.pageInfo.endCursor });
    expect(second.webhooks).toMatchObject({ edges: [{ node: { name: 'Alpha' } }], pageInfo: { hasNextPage: false } });
    expect(await names('last: 1')).toEqual(['Alpha']);
  });

  it('are found by a text as it is written: what stands for other characters in SQL stands for itself', async () => {
    const own = await api.tenant();
    await api.webhook(own, { name: '100 % of it', url: 'https://example.com/a_b' });
    await api.webhook(own, { name: String.raw`C:\hooks`, url: 'https://example.com/other' });
    const found = async (search: string) => {
      const query = 'query ($search: String) { webhooks(search: $search) { edges { node { name } } } }';
      const { webhooks } = await api.data(own.key, query, { search });
      return webhooks.edges.map((edge: { node: { name: string } }) => edge.node.name);
    };
    for (const search of ['%', '_', '0 % O', 'A_B']) expect(await found(search), search).toEqual(['100 % of it']);
    for (const search of ['\\', String.raw`c:\H`]) expect(await found(search), search).toEqual([String.raw`C:\hooks`]);
    for (const search of ['e_a', '1%t', String.raw`\%`]) expect(await found(search), search).toEqual([]);
  });

  it('are at most a thousand to an organization', async () => {
    const own = await api.tenant();
    await pool.query(
      `INSERT INTO webhook (id, organization_id, name, profile, url)
       SELECT gen_random_uuid(), $1, 'x', 'STANDARD', 'https://example.com' FROM generate_series(1, 1000)`,
      [own.organizationId],
    );
    expect(
      (
        await api.refusal(own.key, create, {
          input: { projectId: own.projectId, name: 'x', url: 'https://example.com' },
        })
      ).code,
    ).toBe('LIMIT_EXCEEDED');
  });
});

import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standard, testplanit } from '../../../client-sdk/src/verify/index.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { atTime } from '../../support/atTime.ts';
import { type Received, Receiver } from '../../support/receiver.ts';
import { slowness } from '../../support/slowness.ts';

const rotate = `mutation ($id: ID!, $secret: String) { rotateWebhookSecret(input: { id: $id, secret: $secret }) {
  secret retiringSecretUntil webhook { hasSecret retiringSecretUntil retiringSecretExtended } } }`;
const retire = 'mutation ($id: ID!) { retireWebhookSecret(input: { id: $id }) { webhook { retiringSecretUntil } } }';
const extend = `mutation ($id: ID!) { extendRetiringSecret(input: { id: $id }) {
  retiringSecretUntil webhook { retiringSecretUntil retiringSecretExtended } } }`;
const sendTest = 'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }';
const reveal = `mutation ($input: RevealWebhookSecretInput!) { revealWebhookSecret(input: $input) {
  secrets { secret state createdAt retiresAt } } }`;

const day = 24 * 3_600_000;

describe('rotation of a secret', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let receiver: Receiver;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 2 });
    receiver = await new Receiver().listen();
    await api.eventType(tenant, 'crane.moved');
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
    await receiver.close();
  });

  const webhook = async (profile = 'STANDARD') => {
    const { id, secret } = await api.webhook(tenant, { profile, url: receiver.url, eventTypes: ['crane.moved'] });
    return { id, secret: secret as string };
  };

  /** The request that Send Test makes now. */
  async function requestTo(id: string): Promise<Received> {
    const before = receiver.received.length;
    await api.data(tenant.key, sendTest, { id });
    return (await receiver.count(before + 1)).at(-1) as Received;
  }

  /** The request that a published event makes now: these go by the routes that publishers keep. */
  async function requestOfEvent(): Promise<Received> {
    const before = receiver.received.length;
    await api.data(
      tenant.key,
      'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
      { input: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: { crane: 4 } }] } },
    );
    return (await receiver.count(before + 1)).at(-1) as Received;
  }

  const headersOf = (request: Received) => request.headers as Record<string, string>;
  const accepts = (secret: string, request: Received): boolean => {
    try {
      new Webhook(secret).verify(request.body, headersOf(request));
      return true;
    } catch {
      return false;
    }
  };
  const remove = (id: string) =>
    api.data(tenant.key, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });

  it('signs with both secrets for 24 hours: a receiver with either verifies, by the published library and by the SDK', async () => {
    const { id, secret: old } = await webhook();
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    expect(rotated.secret).not.toBe(old);
    expect(Date.parse(rotated.retiringSecretUntil) - Date.now()).toBeGreaterThan(day - 10_000);
    expect(Date.parse(rotated.retiringSecretUntil) - Date.now()).toBeLessThanOrEqual(day);
    expect(rotated.webhook).toEqual({
      hasSecret: true,
      retiringSecretUntil: rotated.retiringSecretUntil,
      retiringSecretExtended: false,
    });
    for (const request of [await requestTo(id), await requestOfEvent()]) {
      expect(accepts(old, request)).toBe(true);
      expect(accepts(rotated.secret, request)).toBe(true);
      for (const secret of [old, rotated.secret]) await standard(request, secret);
    }
    await remove(id);
  });

  it('signs TESTPLANIT’s with both, the newest first', async () => {
    const { id, secret: old } = await webhook('TESTPLANIT');
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    const request = await requestTo(id);
    await testplanit(request, old);
    await testplanit(request, rotated.secret);
    const signatures = String(request.headers['x-testplanit-signature']).split(',');
    expect(signatures).toHaveLength(2);
    const only = { ...request, headers: { ...request.headers, 'x-testplanit-signature': signatures[0] } };
    await testplanit(only as Received, rotated.secret);
    await expect(testplanit(only as Received, old)).rejects.toThrow();
    await remove(id);
  });

  it('ends the old secret at once when it is retired, and it signs nothing any more', async () => {
    const { id, secret: old } = await webhook();
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    await requestOfEvent();
    expect((await api.data(tenant.key, retire, { id })).retireWebhookSecret.webhook.retiringSecretUntil).toBeNull();
    for (const request of [await requestTo(id), await requestOfEvent()]) {
      expect(accepts(old, request)).toBe(false);
      expect(accepts(rotated.secret, request)).toBe(true);
    }
    expect(await api.refusal(tenant.key, retire, { id })).toEqual({ code: 'CONFLICT', field: 'input.id' });
    await remove(id);
  });

  it('says only to those who may rotate a secret whether it is this one', async () => {
    const { id, secret } = await webhook();
    const text = 'query ($id: ID!, $secret: String!) { webhook(id: $id) { signsWith(secret: $secret) } }';
    const keyOf = (role: 'ADMIN' | 'VIEWER') => api.key(tenant.key, { organizationId: tenant.organizationId, role });
    const told = async (key: string) => (await api.data(key, text, { id, secret })).webhook.signsWith;
    expect(await told(tenant.key)).toBe(true);
    expect(await told(await keyOf('ADMIN'))).toBe(true);
    expect(await told(await keyOf('VIEWER'))).toBeNull();
    const other = await api.tenant();
    expect(await api.refusal(other.key, text, { id, secret })).toEqual({ code: 'NOT_FOUND', field: 'id' });
    await remove(id);
  });

  it('is prolonged once by 24 hours, and a second time is an error', async () => {
    const { id } = await webhook();
    expect(await api.refusal(tenant.key, extend, { id })).toEqual({ code: 'CONFLICT', field: 'input.id' });
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    const { extendRetiringSecret: extended } = await api.data(tenant.key, extend, { id });
    expect(Date.parse(extended.retiringSecretUntil) - Date.parse(rotated.retiringSecretUntil)).toBe(day);
    expect(extended.webhook.retiringSecretExtended).toBe(true);
    expect(await api.refusal(tenant.key, extend, { id })).toEqual({ code: 'CONFLICT', field: 'input.id' });
    await remove(id);
  });

  it('never signs with a secret past its deadline, not even by routes that were cached before it', async () => {
    const { id, secret: old } = await webhook();
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    // The deadline comes soon, but after the next event. From the next event on publishers have it in their routes, which nothing changes then.
    await pool.query(
      `WITH moved AS (UPDATE webhook_secret SET retires_at = now() + interval '900 milliseconds' * $3::float
                       WHERE webhook_id = $1 AND state = 'RETIRING')
       UPDATE organization SET routing_version = routing_version + 1 WHERE id = $2`,
      [id, tenant.organizationId, await slowness()],
    );
    const before = await requestOfEvent();
    expect(accepts(old, before)).toBe(true);
    const { rows } = await pool.query(
      `SELECT retires_at FROM webhook_secret WHERE webhook_id = $1 AND state = 'RETIRING'`,
      [id],
    );
    await new Promise((resolve) => setTimeout(resolve, rows[0].retires_at.getTime() - Date.now() + 5));
    const afterwards = await requestOfEvent();
    expect(accepts(old, afterwards)).toBe(false);
    expect(accepts(rotated.secret, afterwards)).toBe(true);
    // What is past its deadline no longer stands in the way of the next rotation, swept or not.
    await api.data(tenant.key, rotate, { id });
    await remove(id);
  });

  it('is refused while the window of another is open, and says what to do', async () => {
    const { id } = await webhook();
    await api.data(tenant.key, rotate, { id });
    const { errors } = await api.ask(tenant.key, rotate, { id });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'input.id' });
    expect(errors?.[0]?.message).toContain('retireWebhookSecret');
    await remove(id);
  });

  for (const profile of ['STANDARD', 'PLANE_CONNECTION']) {
    it(`of one ${profile} webhook by eight callers at once is won by one; the others conflict`, async () => {
      const { id } = await webhook(profile);
      const answers = await Promise.all(Array.from({ length: 8 }, () => api.ask(tenant.key, rotate, { id })));
      const won = answers.filter(({ errors }) => errors === undefined);
      expect(won).toHaveLength(1);
      for (const { errors } of answers.filter((answer) => !won.includes(answer))) {
        expect(errors?.[0]?.extensions.code).toBe('CONFLICT');
      }
      const { rows } = await pool.query('SELECT state FROM webhook_secret WHERE webhook_id = $1 ORDER BY 1', [id]);
      expect(rows).toEqual(
        profile === 'STANDARD' ? [{ state: 'ACTIVE' }, { state: 'RETIRING' }] : [{ state: 'ACTIVE' }],
      );
      await remove(id);
    });
  }

  it('does not conflict with the making of its webhook where this process’s clock is behind', async () => {
    const { id, secret: old } = await webhook();
    const { rotateWebhookSecret: rotated } = await atTime(Date.now() - 60_000, () =>
      api.data(tenant.key, rotate, { id }),
    );
    const { rows } = await pool.query(
      `SELECT created_at < clock_timestamp() AND created_at > clock_timestamp() - interval '30 seconds' AS now
         FROM webhook_secret WHERE webhook_id = $1 AND state = 'ACTIVE'`,
      [id],
    );
    expect(rows).toEqual([{ now: true }]);
    const request = await requestTo(id);
    for (const secret of [old, rotated.secret]) expect(accepts(secret, request)).toBe(true);
    await remove(id);
  });

  it('replaces at once where the profile cuts over, with the caller’s own secret where it takes one', async () => {
    const { id } = await webhook('PLANE_CONNECTION');
    const own = 'a secret of our own making';
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id, secret: own });
    expect(rotated).toMatchObject({ secret: own, retiringSecretUntil: null, webhook: { retiringSecretUntil: null } });
    expect(await api.refusal(tenant.key, rotate, { id, secret: 'short' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.secret',
    });
    expect(await api.refusal(tenant.key, rotate, { id, secret: own })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.secret',
    });
    expect(await api.refusal(tenant.key, extend, { id })).toEqual({ code: 'CONFLICT', field: 'input.id' });
    await remove(id);
    const plane = await webhook('PLANE');
    expect(await api.refusal(tenant.key, rotate, { id: plane.id, secret: own })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.secret',
    });
    await remove(plane.id);
  });

  it('is refused, with the reason, where the profile has none', async () => {
    const { id } = await webhook('ONPLANA');
    const { errors } = await api.ask(tenant.key, rotate, { id });
    expect(errors?.[0]).toMatchObject({
      extensions: { code: 'CONFLICT', field: 'input.id' },
      message: expect.stringContaining('ONPLANA'),
    });
    await remove(id);
    const slack = await api.webhook(tenant, { url: 'https://hooks.slack.com/services/T0/B0/x', eventTypes: [] });
    expect(await api.refusal(tenant.key, rotate, { id: slack.id })).toEqual({ code: 'CONFLICT', field: 'input.id' });
  });

  it('is for those who may manage the webhook, and does not exist for other tenants', async () => {
    const { id } = await webhook();
    const reader = await api.key(tenant.key, { organizationId: tenant.organizationId, permissions: ['WEBHOOK_READ'] });
    const stranger = await api.tenant();
    for (const mutation of [rotate, retire, extend]) {
      expect(await api.refusal(reader, mutation, { id })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await api.refusal(stranger.key, mutation, { id })).toMatchObject({ code: 'NOT_FOUND' });
    }
    await remove(id);
  });

  it('leaves a trace in the audit log without any secret', async () => {
    const { id, secret: old } = await webhook();
    const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
    await api.data(tenant.key, extend, { id });
    await api.data(tenant.key, retire, { id });
    const { rows } = await pool.query(
      `SELECT action, before::text, after::text FROM audit_event WHERE target_id = $1 AND action LIKE 'webhook.secret%' ORDER BY id`,
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'webhook.secret_rotated',
      'webhook.secret_extended',
      'webhook.secret_retired',
    ]);
    for (const secret of [old, rotated.secret]) expect(JSON.stringify(rows)).not.toContain(secret);
    await remove(id);
  });

  describe('and showing it again', () => {
    const input = (id: string) => ({ input: { webhookId: id } });

    it.each(['STANDARD', 'PLANE', 'PLANE_CONNECTION', 'TASKS'])('gives the live secrets of %s', async (profile) => {
      const { id, secret: old } = await webhook(profile);
      const answer = await api.ask(tenant.key, reveal, input(id));
      expect(answer.data.revealWebhookSecret.secrets).toMatchObject([
        { secret: old, state: 'ACTIVE', retiresAt: null },
      ]);
      expect(answer.headers.get('cache-control')).toContain('no-store');
      const { rotateWebhookSecret: rotated } = await api.data(tenant.key, rotate, { id });
      const { revealWebhookSecret: both } = await api.data(tenant.key, reveal, input(id));
      const active = { secret: rotated.secret, state: 'ACTIVE', retiresAt: null };
      const retiring = { secret: old, state: 'RETIRING', retiresAt: rotated.retiringSecretUntil };
      expect(both.secrets).toMatchObject(rotated.retiringSecretUntil ? [active, retiring] : [active]);
      // One whose time is over signs no more, and is not shown.
      await pool.query(`UPDATE webhook_secret SET retires_at = now() WHERE webhook_id = $1 AND state = 'RETIRING'`, [
        id,
      ]);
      const { revealWebhookSecret: later } = await api.data(tenant.key, reveal, input(id));
      expect(later.secrets).toMatchObject([active]);
      const { rows } = await pool.query(
        `SELECT principal_kind, "after"::text FROM audit_event WHERE target_id = $1 AND action = 'webhook.secret_revealed' ORDER BY id`,
        [id],
      );
      expect(rows.map(({ principal_kind: kind }) => kind)).toEqual(Array(3).fill('API_KEY'));
      expect(rows.map(({ after }) => JSON.parse(after).revealed)).toEqual([
        ['ACTIVE'],
        rotated.retiringSecretUntil ? ['ACTIVE', 'RETIRING'] : ['ACTIVE'],
        ['ACTIVE'],
      ]);
      await remove(id);
      expect(await api.refusal(tenant.key, reveal, input(id))).toEqual({ code: 'NOT_FOUND', field: 'input.webhookId' });
    });

    it.each(['ONPLANA', 'TESTPLANIT', 'SLACK'])('is refused for %s, whose documents forbid it', async (profile) => {
      const url = profile === 'SLACK' ? { url: 'https://hooks.slack.com/services/T0/B0/y' } : {};
      const { id } = await api.webhook(tenant, { profile, eventTypes: [], ...url });
      const { errors } = await api.ask(tenant.key, reveal, input(id));
      expect(errors?.[0]).toMatchObject({
        extensions: { code: 'CONFLICT', field: 'input.webhookId' },
        message: expect.stringContaining(profile),
      });
      const { rows } = await pool.query(
        `SELECT FROM audit_event WHERE target_id = $1 AND action = 'webhook.secret_revealed'`,
        [id],
      );
      expect(rows).toEqual([]);
      await remove(id);
    });

    it('is for those who have the permission SECRET_REVEAL, which can be given with a key or a portal link', async () => {
      const { id, secret } = await webhook();
      const { organizationId, projectId } = tenant;
      const admin = await api.key(tenant.key, { organizationId, role: 'ADMIN' });
      expect(await api.refusal(admin, reveal, input(id))).toMatchObject({ code: 'FORBIDDEN' });
      const link = `mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { token } }`;
      const permissions = ['SECRET_REVEAL'] as const;
      // Who does not have it cannot give it.
      expect(await api.refusal(admin, link, { input: { projectId, permissions } })).toMatchObject({
        code: 'FORBIDDEN',
      });
      const { createPortalLink } = await api.data(tenant.key, link, { input: { projectId, permissions } });
      const key = await api.key(tenant.key, { organizationId, projectId, permissions: [...permissions] });
      for (const holder of [createPortalLink.token, key]) {
        const { revealWebhookSecret } = await api.data(holder, reveal, input(id));
        expect(revealWebhookSecret.secrets[0].secret).toBe(secret);
      }
      const stranger = await api.tenant();
      expect(await api.refusal(stranger.key, reveal, input(id))).toMatchObject({ code: 'NOT_FOUND' });
      await api.data(
        tenant.key,
        'mutation ($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) { permissionMatrix { role } } }',
        { input: { organizationId, role: 'ADMIN', permissions: ['SECRET_REVEAL'] } },
      );
      const { revealWebhookSecret } = await api.data(admin, reveal, input(id));
      expect(revealWebhookSecret.secrets[0].secret).toBe(secret);
      await remove(id);
    });
  });
});

import { createClient } from 'graphql-ws';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { atTime } from '../../support/atTime.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';
import { member, startWithUsers } from '../../support/users.ts';
import { tokenOf } from '../../support/userTokens.ts';

describe('a live subscription', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let owner: string;
  let webhookId: string;
  let pool: pg.Pool;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    owner = await member(api, tenant, 'owner', 'OWNER');
    webhookId = (await api.webhook(tenant)).id;
    pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  const sendTest = async (): Promise<{ deliveryId: string }> => {
    const { sendTestEvent } = await api.data(
      owner,
      'mutation ($id: ID!) { sendTestEvent(input: { webhookId: $id }) { delivery { id } } }',
      { id: webhookId },
    );
    return { deliveryId: sendTestEvent.delivery.id };
  };

  /** A subscription that has told of one delivery, so that it is known to be live. */
  async function live(token: string) {
    const client = createClient({
      url: `${api.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    const { deliveryCursor } = await api.data(owner, '{ deliveryCursor }');
    const told = client.iterate<{ deliveryUpdated: { eventType: string } }>({
      query:
        'subscription ($tenant: ID!, $after: String) { deliveryUpdated(organizationId: $tenant, after: $after) { eventType } }',
      variables: { tenant: tenant.organizationId, after: deliveryCursor },
    });
    await sendTest();
    expect((await told.next()).value.data.deliveryUpdated.eventType).toBeTruthy();
    /** What it tells from the next event on that it tells differently. */
    const ending = async () => {
      for (;;) {
        const next = await told.next().catch((error: unknown) => ({ done: true, value: { errors: error } }) as const);
        // States from before the change may still be on their way.
        if (next.done || next.value.errors) return { next, told };
      }
    };
    return { ending, close: () => client.dispose() };
  }

  it('ends with the first event after its permission was taken, which it is not told of', async () => {
    const token = await member(api, tenant, 'reader', 'VIEWER');
    const { ending, close } = await live(token);
    await api.data(
      owner,
      'mutation ($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) { permissionMatrix { role } } }',
      { input: { organizationId: tenant.organizationId, role: 'VIEWER', permissions: [] } },
    );
    // Several changes may come together: the first one ends it all the same.
    await Promise.all([sendTest(), sendTest(), sendTest(), sendTest()]);
    const { next, told } = await ending();
    expect(next.value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(JSON.stringify(next.value.data ?? null)).toBe('null');
    expect(await told.next()).toMatchObject({ done: true });
    await close();
  });

  const leave = (userId: string) =>
    api.data(owner, 'mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
      input: { organizationId: tenant.organizationId, userId, role: null },
    });

  it('ends with the first event after its user’s membership was taken, also of a member of others', async () => {
    const token = await member(api, tenant, 'leaver', 'ADMIN');
    await member(api, await api.tenant(), 'leaver', 'ADMIN');
    const { ending, close } = await live(token);
    await leave('leaver');
    await sendTest();
    const { next, told } = await ending();
    expect(next.value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await told.next()).toMatchObject({ done: true });
    await close();
  });

  it('of one thing ends with the first change after that can be seen no more', async () => {
    const token = await member(api, tenant, 'follower', 'ADMIN');
    await member(api, await api.tenant(), 'follower', 'ADMIN');
    const id = v7();
    await pool.query(
      `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total, state)
       VALUES ($1, $2, $3, $4, now() - interval '1 hour', now(), 0, 'RUNNING')`,
      [id, tenant.organizationId, tenant.projectId, webhookId],
    );
    const socket = await new GraphQLSocket(api.url).open(token);
    socket.subscribe('1', 'subscription ($id: ID!) { recoveryProgress(id: $id) { state } }', { id });
    expect((await socket.next()).payload).toEqual({ data: { recoveryProgress: { state: 'RUNNING' } } });
    await leave('follower');
    await pool.query('UPDATE recovery SET version = version + 1, changed_at = clock_timestamp() WHERE id = $1', [id]);
    expect((await socket.next()).payload).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    socket.socket.terminate();
  });

  it('ends with the first event after its key expired, which it is not told of', async () => {
    const lifetimeMs = 60_000;
    const { createApiKey } = await api.data(
      owner,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
      {
        input: {
          organizationId: tenant.organizationId,
          name: 'Brief',
          role: 'ADMIN',
          expiresAt: new Date(Date.now() + lifetimeMs).toISOString(),
        },
      },
    );
    const { ending, close } = await live(createApiKey.key);
    await atTime(Date.now() + lifetimeMs, async () => {
      await sendTest();
      const { next } = await ending();
      expect(next.value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      expect(JSON.stringify(next.value.data ?? null)).toBe('null');
    });
    await close();
  });

  it('is closed with the first event after its token expired, goes on with a fresh one, and misses nothing', async () => {
    const { access, kept } = await watchingWith('brief', 30, () => tokenOf('brief'));
    await atTime(Date.now() + 31_000, async () => {
      const { deliveryId } = await sendTest();
      await expect.poll(() => access.told).toContain(deliveryId);
      expect(access.closed).toEqual([4403]);
    });
    await kept.dispose();
  });

  it('ends where nothing but the token that expired is there to go on with', async () => {
    let expired = '';
    const { access, kept, ...first } = await watchingWith('finished', 30, () => expired);
    expired = first.expired;
    await atTime(Date.now() + 31_000, async () => {
      await sendTest();
      await expect.poll(() => access.ended).toMatchObject({ code: 4401, reason: 'UNAUTHENTICATED' });
      expect(access.closed).toEqual([4403, 4401]);
    });
    await kept.dispose();
  });

  /** Watches with a token of so many seconds, and with what `renew` gives from then on, by graphql-ws's own retries. */
  async function watchingWith(userId: string, seconds: number, renew: () => string | Promise<string>) {
    await member(api, tenant, userId, 'ADMIN');
    const expired = await tokenOf(userId, Math.floor(Date.now() / 1_000) + seconds);
    const access: { told: string[]; closed: number[]; ended?: unknown } = { told: [], closed: [] };
    let connections = 0;
    const kept = createClient({
      url: `${api.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ authorization: `Bearer ${connections++ === 0 ? expired : await renew()}` }),
      retryWait: async () => {},
      on: { closed: (event) => access.closed.push((event as CloseEvent).code) },
    });
    const { deliveryCursor } = await api.data(owner, '{ deliveryCursor }');
    let cursor: string = deliveryCursor;
    kept.subscribe<{ deliveryUpdated: { id: string; cursor: string } }>(
      {
        query: 'subscription ($after: String) { deliveryUpdated(after: $after) { id cursor } }',
        variables: {
          get after() {
            return cursor;
          },
        },
      },
      {
        next: ({ data }) => {
          if (!data) return;
          cursor = data.deliveryUpdated.cursor;
          access.told.push(data.deliveryUpdated.id);
        },
        error: (error) => {
          access.ended = error;
        },
        complete: () => {},
      },
    );
    const { deliveryId } = await sendTest();
    await expect.poll(() => access.told).toContain(deliveryId);
    return { access, kept, expired };
  }
});

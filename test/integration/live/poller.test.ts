import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveFeed } from '../../../core/live/liveFeed.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

describe('a subscription that polls a table', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  /** Subscribers of each topic. */
  const subscribers = new Map<string, number>();

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant();
    pool = new pg.Pool({ connectionString: api.database.url, max: 1 });
    const { liveFeed } = api.service;
    const subscribe = liveFeed.subscribe.bind(liveFeed);
    const count = (topic: string, change: number) => subscribers.set(topic, (subscribers.get(topic) ?? 0) + change);
    Object.assign(liveFeed, {
      subscribe: (...[topic, subscriber]: Parameters<LiveFeed['subscribe']>) => {
        const stop = subscribe(topic, subscriber);
        count(topic, 1);
        let stopped = false;
        return () => {
          if (!stopped) count(topic, -1);
          stopped = true;
          stop();
        };
      },
    });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });

  async function recovery(state: string): Promise<string> {
    const { id: webhookId } = await api.webhook(tenant);
    const id = v7();
    await pool.query(
      `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total, state)
       VALUES ($1, $2, $3, $4, now() - interval '1 hour', now(), 0, $5::recovery_state)`,
      [id, tenant.organizationId, tenant.projectId, webhookId, state],
    );
    return id;
  }

  it('stops polling once the recovery has ended by itself', async () => {
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    socket.subscribe('1', 'subscription ($id: ID!) { recoveryProgress(id: $id) { state } }', {
      id: await recovery('FINISHED'),
    });
    expect((await socket.next()).payload).toEqual({ data: { recoveryProgress: { state: 'FINISHED' } } });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    expect(subscribers.get('recovery')).toBe(0);
    socket.socket.terminate();
  });

  it('stops polling once its reader has gone', async () => {
    subscribers.clear();
    const socket = await new GraphQLSocket(api.url).open(tenant.key);
    socket.subscribe('1', 'subscription ($id: ID!) { recoveryProgress(id: $id) { state } }', {
      id: await recovery('RUNNING'),
    });
    socket.subscribe('2', 'subscription { webhookHealthChanged { id } }');
    expect((await socket.next()).payload).toEqual({ data: { recoveryProgress: { state: 'RUNNING' } } });
    // The recovery, the webhooks' health, and whether the tenant is deleted.
    await expect.poll(() => [...subscribers.values()]).toEqual([1, 1, 1]);
    socket.socket.terminate();
    await expect.poll(() => [...subscribers.values()]).toEqual([0, 0, 0]);
  });
});

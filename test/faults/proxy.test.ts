import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForwardProxy, forwardProxy } from '../support/forwardProxy.ts';
import { type Installation, startInstallation } from '../support/installation.ts';
import { Receiver } from '../support/receiver.ts';

const credentials = 'everhook:hidden-pass';
const patience = { timeout: 120_000, interval: 100 };
const events = 60;

describe('the proxy of an installation', () => {
  let installation: Installation;
  let receiver: Receiver;
  let proxy: ForwardProxy;
  let client: pg.Client;

  beforeAll(async () => {
    receiver = await new Receiver().listen();
    proxy = await forwardProxy({ credentials });
    installation = await startInstallation({
      EVERHOOK_PROXY_URL: `http://${credentials}@127.0.0.1:${proxy.address.port}`,
    });
    client = new pg.Client({ connectionString: installation.parts.databaseUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await installation?.close();
    await receiver?.close();
    await proxy?.close();
  });

  type Made = Record<string, Record<string, { id: string }>>;
  const make = async (mutation: string, what: string, input: object): Promise<string> => {
    const text = `mutation M($input: ${mutation}Input!) { call: ${mutation[0]?.toLowerCase()}${mutation.slice(1)}(input: $input) { ${what} { id } } }`;
    return (await installation.call<Made>(text, { input })).call?.[what]?.id as string;
  };

  it('that dies, and later refuses, costs no webhook an attempt; when it works again, all that waited arrives', async () => {
    const organizationId = await make('CreateOrganization', 'organization', { name: 'Harbour Robotics' });
    const project = { organizationId, name: 'Berth planning', profile: 'STANDARD' };
    const projectId = await make('CreateProject', 'project', project);
    await installation.call(
      'mutation T($input: CreateEventTypeInput!) { createEventType(input: $input) { eventType { name } } }',
      { input: { projectId, name: 'crane.moved', schema: { type: 'object' } } },
    );
    const webhookId = await make('CreateWebhook', 'webhook', { projectId, name: 'Berth board', url: receiver.url });
    const publish = (count: number) =>
      installation.call('mutation P($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
        input: { projectId, events: Array.from({ length: count }, (_, n) => ({ type: 'crane.moved', data: { n } })) },
      });
    const count = async (condition: string): Promise<number> => {
      const text = `SELECT count(*)::int AS count FROM delivery WHERE webhook_id = $1 AND ${condition}`;
      return (await client.query(text, [webhookId])).rows[0].count;
    };
    const ready = async () => {
      const response = await fetch(`${installation.url}/readyz`);
      return [response.status, ((await response.json()) as { egress: string }).egress];
    };

    await publish(events);
    await expect.poll(() => count("status = 'DELIVERED'"), patience).toBe(events);
    expect(proxy.asked.length).toBeGreaterThan(0);
    expect(await ready()).toEqual([200, 'ok']);

    const { port } = proxy.address;
    await proxy.close();
    await publish(events);
    const waits = "status = 'PENDING' AND attempt_count = 0 AND status_reason LIKE 'Not sent yet:%cannot be reached%'";
    await expect.poll(() => count(waits), patience).toBe(events);
    // Events are accepted all the same.
    expect(await ready()).toEqual([200, 'blocked']);

    proxy = await forwardProxy({ credentials, port });
    proxy.conduct = { status: 503 };
    await expect.poll(() => proxy.asked.length, patience).toBeGreaterThan(1);
    expect(await count("status = 'DELIVERED'")).toBe(events);
    proxy.conduct = 'tunnel';
    await expect.poll(() => count("status = 'DELIVERED'"), patience).toBe(2 * events);

    expect(receiver.received).toHaveLength(2 * events);
    expect(await count('attempt_count <> 1')).toBe(0);
    const { rows } = await client.query(
      'SELECT health, consecutive_failures, last_failure_at FROM webhook_state WHERE webhook_id = $1',
      [webhookId],
    );
    expect(rows).toEqual([{ health: 'HEALTHY', consecutive_failures: 0, last_failure_at: null }]);
    const logs = await Promise.all(
      ['api.log', 'worker.log'].map((name) => readFile(join(installation.parts.folder, 'logs', name), 'utf8')),
    );
    expect(logs.join()).toContain('the installation cannot send');
    expect(logs.join()).toContain('proxy_unreachable');
    expect(logs.join()).not.toContain('hidden-pass');
    expect(logs.join()).not.toContain(Buffer.from(credentials).toString('base64'));
  }, 300_000);
});

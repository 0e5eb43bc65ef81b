import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';

const events = 6;

// Python writes each DEL as six characters: 512 KiB become 3 MiB.
describe('requests whose bodies are longer than their events', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let receiver: Receiver;

  beforeAll(async () => {
    api = await TestApi.start();
    tenant = await api.tenant('PLANE');
    receiver = await new Receiver(() => 200).listen();
    await api.webhook(tenant, { url: receiver.url });
    await api.eventType(tenant, 'crane.create');
    for (let nth = 0; nth < events; nth += 1) {
      await api.data(
        tenant.key,
        'mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }',
        {
          input: {
            projectId: tenant.projectId,
            events: [{ type: 'crane.create', data: { cargo: '\u007f'.repeat(512 * 1024) } }],
          },
        },
      );
    }
    await vi.waitUntil(async () => receiver.received.length === events && (await delivered('id')).length === events, {
      timeout: 60_000,
      interval: 200,
    });
  });
  afterAll(async () => {
    await api.close();
    await receiver.close();
  });

  const list = (first: number, fields: string) =>
    `{ deliveries(first: ${first}, statuses: [DELIVERED]) { edges { node { ${fields} } } } }`;
  const delivered = async (fields: string, first = 100) =>
    (await api.data(tenant.key, list(first, fields))).deliveries.edges;

  it('count as long as they are built, also where only their headers are asked for', async () => {
    const { errors } = await api.ask(tenant.key, list(events, 'request { headers { name value } }'));
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('of stored texts; at most 16.0 MiB'),
      extensions: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('are shown as they were sent, as many as fit', async () => {
    const edges = await delivered('request { headers { name value } body }', 2);
    // biome-ignore lint/suspicious/noExplicitAny: tests read what they asked for.
    const bodies = edges.map(({ node }: any) => node.request.body);
    expect(receiver.received.map(({ body }) => body.toString())).toEqual(expect.arrayContaining(bodies));
    expect(bodies[0].length).toBeGreaterThan(3 * 1024 * 1024);
  });
});

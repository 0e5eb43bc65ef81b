import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../core/ground/duration.ts';
import { type Delivery, durationMs, Everhook, type Webhook } from '../src/index.ts';
import { scriptedServer, sendJson } from './support/scriptedServer.ts';

/** A client of a server that answers every operation with the same data. */
async function answering(data: unknown) {
  const server = await scriptedServer((_, response) => void sendJson(response, 200, { data }));
  const everhook = new Everhook({ url: server.url, apiKey: 'k', retries: 0 });
  return { server, everhook, [Symbol.asyncDispose]: () => server.close() };
}

const webhook = {
  id: 'w',
  timeout: 'PT30S',
  retrySchedule: ['PT5S', 'PT1M', 'PT0.25S'],
  createdAt: '2026-06-27T09:15:23.120Z',
  lastFailureAt: null,
  project: { id: 'p', createdAt: '2026-01-01T00:00:00.000Z' },
};

describe('a result', () => {
  it('has a Date beside each time and milliseconds beside each duration, at every depth, and the API’s text', async () => {
    await using api = await answering({ webhook });
    const result = await api.everhook.webhooks.get('w');
    expect(result).toMatchObject(webhook);
    expect(result.timeoutMs).toBe(30_000);
    expect(result.retryScheduleMs).toEqual([5_000, 60_000, 250]);
    expect(result.createdAtDate).toEqual(new Date('2026-06-27T09:15:23.120Z'));
    expect(result.lastFailureAtDate).toBeNull();
    expect(result.project).toMatchObject({ createdAtDate: new Date('2026-01-01T00:00:00Z') });
    const stored = JSON.parse(JSON.stringify(result));
    expect([stored.createdAt, stored.timeoutMs]).toEqual([webhook.createdAt, 30_000]);
    expect({ ...result }.createdAtDate).toEqual(result.createdAtDate);
  });

  it('leaves JSON of the caller’s own as it is, and names that mean something else elsewhere', async () => {
    const data = { createdAt: webhook.createdAt, timeout: 'PT1S', list: [{ timeout: 'PT1S' }] };
    const event = {
      id: 'e',
      type: 'a.b',
      occurredAt: webhook.createdAt,
      createdAt: webhook.createdAt,
      data,
      labels: [],
    };
    await using api = await answering({ event });
    const result = await api.everhook.events.get('e');
    expect(result.data).toEqual(data);
    expect(result.occurredAtDate).toEqual(new Date(webhook.createdAt));
    const own = { answer: { createdAt: webhook.createdAt, from: 'HEALTHY' } };
    await using other = await answering(own);
    expect(await other.everhook.query('query { answer { createdAt } }', {})).toEqual(own);
  });

  it('is typed', () => {
    // Compiled with the tests, and never called.
    const compiled = (made: Webhook, delivery: Delivery) => {
      const created: Date = made.createdAtDate;
      const failed: Date | null = made.lastFailureAtDate;
      const timeout: number = made.timeoutMs;
      const schedule: readonly number[] = made.retryScheduleMs;
      const responseTime: number | null = delivery.responseTimeMs;
      const text: string = made.createdAt;
      // @ts-expect-error It may be null.
      const completed: Date = delivery.completedAtDate;
      // @ts-expect-error A name is no time.
      made.nameDate;
      return [created, failed, timeout, schedule, responseTime, text, completed];
    };
    expect(compiled).toBeTypeOf('function');
  });
});

describe('what a call is given', () => {
  it('may be a Date for every time and milliseconds for every duration, beside text', async () => {
    await using api = await answering({
      createWebhook: { webhook, secret: null, testDelivery: null },
      deliveries: { edges: [], pageInfo: {} },
    });
    const { everhook, server } = api;
    const input = { projectId: 'p', name: 'w', url: 'https://receiver.example/' };
    await everhook.webhooks.create({ ...input, timeout: 89, retrySchedule: [5_000, 'PT1M', 0] });
    const from = new Date('2026-06-27T09:15:23Z');
    await everhook.deliveries.list({ projectId: 'p', from, to: '2026-06-28T00:00:00+02:00', responseCode: 500 }).page();
    expect(server.requests.map(({ variables }) => variables)).toMatchObject([
      { input: { ...input, timeout: 'PT0.089S', retrySchedule: ['PT5S', 'PT1M', 'PT0S'] } },
      { from: '2026-06-27T09:15:23.000Z', to: '2026-06-28T00:00:00+02:00', responseCode: 500 },
    ]);
  });

  it('stays as it is within JSON of the caller’s own', async () => {
    const schema = { properties: { timeout: { const: 5 } }, examples: [{ timeout: 5 }] };
    await using api = await answering({ createEventType: { eventType: { name: 'a.b' }, warnings: [] } });
    await api.everhook.eventTypes.create({ projectId: 'p', name: 'a.b', schema, example: { timeout: 7 } });
    expect(api.server.requests[0]?.variables.input).toMatchObject({ schema, example: { timeout: 7 } });
  });

  it.each<[string, object, string]>([
    ['half a millisecond', { timeout: 0.5 }, 'input.timeout'],
    ['a negative duration', { retrySchedule: [1, -1] }, 'input.retrySchedule[1]'],
    ['no number', { timeout: Number.NaN }, 'input.timeout'],
  ])('is refused with its field before anything is sent: %s', async (_, changes, field) => {
    await using api = await answering({});
    await expect(api.everhook.webhooks.update('w', changes)).rejects.toMatchObject({ name: 'ValidationError', field });
    await expect(api.everhook.recoveries.start({ webhookId: 'w', since: new Date('never') })).rejects.toMatchObject({
      name: 'ValidationError',
      field: 'input.since',
    });
    expect(api.server.requests).toHaveLength(0);
  });
});

describe('a duration', () => {
  it('is the same number of milliseconds to the SDK and to the server, whichever writes it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (milliseconds) => {
        expect(durationMs(formatDuration(milliseconds))).toBe(milliseconds);
        expect(parseDuration(`PT${milliseconds / 1000}S`)).toBe(milliseconds);
      }),
    );
    expect(durationMs('P1W2DT3H4M5.006S')).toBe(parseDuration('P1W2DT3H4M5.006S'));
    expect(durationMs('a minute')).toBeNull();
  });
});

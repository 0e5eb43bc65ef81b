import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Everhook, type ListenedRequest, type ListenerAnswer } from '../../../client-sdk/src/index.ts';
import { standard } from '../../../client-sdk/src/verify/index.ts';
import { expireListeners } from '../../../core/listeners/expire.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { Receiver } from '../../support/receiver.ts';
import { createTenant, createWebhook } from '../../support/tenant.ts';

/** Characters that a tunnel that writes JSON anew would spoil. */
const tricky = '{"slash":"\\/","price":1.10,"line":"\u2028","emoji":"⚓","escaped":"\\u2028"}';

const soon = <T>(value: () => T) => expect.poll(value, { timeout: 10_000 });

describe('a listener', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let pool: pg.Pool;
  let everhook: Everhook;
  let ending: AbortController;
  const changed: string[] = [];
  const notifier = { changed: (_organization: string, ids: readonly string[]) => void changed.push(...ids) };

  beforeAll(async () => {
    api = await TestApi.start();
    pool = new pg.Pool({ connectionString: api.database.url, max: 5 });
  });
  afterAll(async () => {
    await pool.end();
    await api.close();
  });
  beforeEach(async () => {
    tenant = await api.tenant();
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    ending = new AbortController();
    for (const type of ['order.paid', 'order.lost', 'crane.moved']) await api.eventType(tenant, type);
  });
  afterEach(async () => {
    ending.abort();
    await everhook.close();
  });

  const listen = (input: object = {}) =>
    everhook.listeners.create({ projectId: tenant.projectId, name: 'A laptop', eventTypes: ['order.*'], ...input });

  /** Publishes with the text as it is. */
  async function publish(type: string, data = '{}'): Promise<string> {
    const { data: answer } = await api.post(
      `{"query":"mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }","variables":{"input":{"projectId":"${tenant.projectId}","events":[{"type":"${type}","data":${data}}]}}}`,
      { authorization: `Bearer ${tenant.key}` },
    );
    return answer.publishEvents.events[0].id;
  }

  /** Answers every request of a listener. @returns what came, as it comes, and the end of it */
  function serve(
    id: string,
    answer: (request: ListenedRequest) => ListenerAnswer | Promise<ListenerAnswer> = () => ({
      responseCode: 204,
      duration: 3,
    }),
  ) {
    const requests: ListenedRequest[] = [];
    const statuses: string[] = [];
    const stop = new AbortController();
    ending.signal.addEventListener('abort', () => stop.abort());
    const ended = everhook.listeners.serve(
      id,
      async (request) => {
        requests.push(request);
        return answer(request);
      },
      { signal: stop.signal, onAnswered: (_request, _answer, status) => void statuses.push(status) },
    );
    // Some tests look at the end only later.
    ended.catch(() => {});
    return { requests, statuses, stop: () => stop.abort(), ended };
  }

  const deliveries = async (id: string) =>
    (await pool.query('SELECT id, status, is_test FROM delivery WHERE webhook_id = $1 ORDER BY id', [id])).rows;
  const statusesOf = async (id: string) => (await deliveries(id)).map(({ status }) => status);

  it('gets the events that its patterns name as signed requests, and the log shows what the local server said', async () => {
    const { listener, secret } = await listen({ target: 'http://user:pass@localhost:3000/hooks?token=x' });
    expect(listener.url).toBe('http://localhost:3000/hooks');
    const served = serve(listener.id, () => ({
      responseCode: 500,
      responseHeaders: [{ name: 'x-from', value: 'a\0 lap\u001btop' }],
      responseBody: 'no \0 such order',
      duration: 12,
    }));
    const eventId = await publish('order.paid', tricky);
    await publish('crane.moved');
    await soon(() => served.statuses).toEqual(['FAILED']);
    const [request] = served.requests as [ListenedRequest];
    expect(request).toMatchObject({ eventType: 'order.paid', eventId });
    const headers = Object.fromEntries(request.headers.map(({ name, value }) => [name, value]));
    const verified = await standard({ headers, body: request.body }, secret as string);
    expect(verified).toMatchObject({ id: eventId, type: 'order.paid' });
    expect(request.body).toContain(tricky);
    expect(headers).toMatchObject({
      host: 'localhost:3000',
      'content-length': String(Buffer.byteLength(request.body)),
    });
    const { delivery } = await api.data(
      tenant.key,
      `query ($id: ID!) { delivery(id: $id) { status isTest attempts { outcome responseCode responseBody duration
         responseHeaders { name value } request { url body headers { name value } } } } }`,
      { id: request.id },
    );
    expect(delivery).toMatchObject({ status: 'FAILED', isTest: true });
    const [attempt] = delivery.attempts;
    expect(attempt).toMatchObject({
      outcome: 'HTTP_ERROR',
      responseCode: 500,
      responseBody: 'no \ufffd such order',
      responseHeaders: [{ name: 'x-from', value: 'a  lap top' }],
      request: { url: 'http://localhost:3000/hooks', body: request.body },
    });
    expect(attempt.request.headers).toEqual(request.headers);
  });

  it('gets what an ordinary webhook gets: bytes, names and order of headers, and values but for its own ids', async () => {
    const receiver = await new Receiver().listen();
    try {
      await api.webhook(tenant, { url: receiver.url, eventTypes: ['order.paid'] });
      const { listener } = await listen();
      const served = serve(listener.id);
      const megabyte = `{"text":"${'⚓'.repeat(300_000)}","a":${tricky}}`;
      await publish('order.paid', megabyte);
      const [ordinary] = await receiver.count(1);
      await soon(() => served.requests.length).toBe(1);
      const [request] = served.requests as [ListenedRequest];
      expect(request.body).toBe(ordinary?.body);
      const names = Object.keys(ordinary?.headers ?? {});
      const sent = request.headers.map(({ name }) => name.toLowerCase());
      expect([...sent].sort()).toEqual([...names].sort());
      const own = ['host', 'webhook-signature', 'webhook-timestamp'];
      for (const { name, value } of request.headers) {
        if (!own.includes(name.toLowerCase()))
          expect([name, value]).toEqual([name, ordinary?.headers[name.toLowerCase()]]);
      }
    } finally {
      await receiver.close();
    }
  });

  it('counts in no health, statistics or gauge, and is in no list unless it is asked for', async () => {
    const { listener } = await listen();
    const served = serve(listener.id, () => ({ failure: 'CONNECT_ERROR', error: 'connect ECONNREFUSED', duration: 1 }));
    for (let n = 0; n < 12; n++) await publish('order.paid');
    await soon(() => served.statuses.length).toBe(12);
    served.stop();
    await served.ended;
    await publish('order.lost');
    const seen = await api.data(
      tenant.key,
      `query ($project: ID!, $id: ID!, $from: DateTime!, $to: DateTime!) {
        webhooks { edges { node { id } } }
        asked: webhooks(listeners: true) { edges { node { id health consecutiveFailures lastFailureAt listenerExpiresAt } } }
        organization: project(id: $project) { webhooks { edges { node { id } } } }
        webhook(id: $id) { id }
        openDeliveries(projectId: $project) { pending held }
        deliveryStats(projectId: $project, from: $from, to: $to, bucket: HOUR) { failed held }
        events(projectId: $project, matchedNoWebhook: true) { edges { node { id } } }
        recoverable(input: { filter: { projectId: $project } }) { total }
      }`.replace('events(projectId: $project, matchedNone: true)', 'events(projectId: $project, unmatched: true)'),
      {
        project: tenant.projectId,
        id: listener.id,
        from: new Date(Date.now() - 3_600_000).toISOString(),
        to: new Date(Date.now() + 3_600_000).toISOString(),
      },
    );
    expect(seen.webhooks.edges).toEqual([]);
    expect(seen.organization.webhooks.edges).toEqual([]);
    expect(seen.webhook).toEqual({ id: listener.id });
    expect(seen.asked.edges[0].node).toMatchObject({
      id: listener.id,
      health: 'HEALTHY',
      consecutiveFailures: 0,
      lastFailureAt: null,
      listenerExpiresAt: expect.any(String),
    });
    expect(seen.openDeliveries).toEqual({ pending: 0, held: 0 });
    for (const bucket of seen.deliveryStats) expect(bucket).toEqual({ failed: 0, held: 0 });
    // Nobody but the listener took them.
    expect(seen.events.edges).toHaveLength(13);
    expect(seen.recoverable.total).toBe(0);
  });

  it('loses nothing with its connection: what was not answered comes again, in order', async () => {
    const { listener } = await listen();
    const first = everhook.listeners.requests(listener.id);
    const ids = [await publish('order.paid', '{"n":1}'), await publish('order.paid', '{"n":2}')];
    expect((await first.next()).value?.eventId).toBe(ids[0]);
    await first.return();
    ids.push(await publish('order.lost', '{"n":3}'));
    const second = serve(listener.id);
    await soon(() => second.statuses).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
    expect(second.requests.map(({ eventId }) => eventId)).toEqual(ids);
    expect(await statusesOf(listener.id)).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
  });

  it('records answers without callbacks, what a handler throws at once, and ends with what a callback throws', async () => {
    const { listener } = await listen();
    const stop = new AbortController();
    const plain = everhook.listeners.serve(
      listener.id,
      ({ eventType }) => {
        if (eventType === 'order.lost') throw new Error('no such route');
        return Promise.resolve({ responseCode: 200, duration: 1 });
      },
      { signal: stop.signal },
    );
    await publish('order.paid');
    await publish('order.lost');
    await soon(() => statusesOf(listener.id)).toEqual(['DELIVERED', 'FAILED']);
    stop.abort();
    await plain;
    const broken = everhook.listeners.serve(listener.id, async () => ({ responseCode: 200, duration: 1 }), {
      onAnswered: () => {
        throw new RangeError('no room in the log');
      },
    });
    await publish('order.paid');
    await expect(broken).rejects.toThrow('no room in the log');
  });

  it('can be answered at another process than the one that made the request, and a second answer changes nothing', async () => {
    const other = await api.serve();
    try {
      const { listener } = await listen();
      const requests = everhook.listeners.requests(listener.id);
      await publish('order.paid');
      const request = (await requests.next()).value as ListenedRequest;
      const there = new Everhook({ url: other.url, apiKey: tenant.key });
      expect(await there.listeners.answer(listener.id, request, { responseCode: 200, duration: 5 })).toBe('DELIVERED');
      expect(await there.listeners.answer(listener.id, request, { responseCode: 500, duration: 5 })).toBe('DELIVERED');
      await requests.return();
      await there.close();
    } finally {
      await other.server.close();
    }
  });

  it('gets at most 32 requests without answers, and goes on as they are answered', async () => {
    const { listener } = await listen();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const served = serve(listener.id, async () => {
      await held;
      return { responseCode: 200, duration: 1 };
    });
    for (let n = 0; n < 40; n++) await publish('order.paid', `{"n":${n}}`);
    await soon(() => served.requests.length).toBe(32);
    await sleep(300);
    expect(served.requests).toHaveLength(32);
    release();
    await soon(() => served.statuses.length).toBe(40);
    expect(new Set(served.requests.map(({ eventId }) => eventId)).size).toBe(40);
  });

  it('records an answer that the service refuses as none, with the reason, and goes on beyond 32 of them', async () => {
    const { listener } = await listen();
    const refused: ListenerAnswer[] = [
      { responseCode: 799, duration: 1 },
      { responseCode: 200, responseHeaders: [{ name: 'x'.repeat(257), value: 'y' }], duration: 1 },
      { responseCode: 200, duration: 3_600_000 },
    ];
    let answered = 0;
    const served = serve(listener.id, () => refused[answered++ % refused.length] as ListenerAnswer);
    for (let n = 0; n < 40; n++) await publish('order.paid', `{"n":${n}}`);
    await soon(() => served.statuses).toEqual(Array(40).fill('FAILED'));
    expect(await statusesOf(listener.id)).toEqual(Array(40).fill('FAILED'));
    const { delivery } = await api.data(
      tenant.key,
      'query ($id: ID!) { delivery(id: $id) { attempts { outcome error responseCode } } }',
      { id: served.requests[0]?.id },
    );
    expect(delivery.attempts).toEqual([
      {
        outcome: 'INVALID_RESPONSE',
        error: 'The answer could not be recorded: An HTTP status is 100 to 599.',
        responseCode: null,
      },
    ]);
  });

  it('records an answer again and again while the service cannot take it', async () => {
    let broken = 4;
    let tries = 0;
    const flaky = new Everhook({
      url: api.url,
      apiKey: tenant.key,
      retries: 0,
      fetch: (url, init) => {
        if (init.body.includes('answerListenedRequest') && ++tries <= broken) throw new TypeError('fetch failed');
        return fetch(url, init);
      },
    });
    const { listener } = await listen();
    const statuses: string[] = [];
    const lost: string[] = [];
    const stop = new AbortController();
    const ended = flaky.listeners.serve(listener.id, async () => ({ responseCode: 204, duration: 1 }), {
      signal: stop.signal,
      onAnswered: (_request, _answer, status) => void statuses.push(status),
      onLost: (_request, error) => void lost.push(error.message),
    });
    await publish('order.paid');
    await soon(() => statuses).toEqual(['DELIVERED']);
    expect(lost).toEqual([]);
    expect(tries).toBe(5);

    // With the end it gives up, and says so.
    broken = Number.POSITIVE_INFINITY;
    await publish('order.lost');
    await soon(() => tries).toBeGreaterThan(6);
    stop.abort();
    await ended;
    expect(lost).toEqual([expect.stringContaining('could not be reached')]);
    expect(await statusesOf(listener.id)).toEqual(['DELIVERED', 'HELD']);
    await flaky.close();
  });

  it('is taken over by a newer subscription, and several listeners share nothing', async () => {
    const [one, two] = [await listen(), await listen({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })];
    expect(two.secret).toBe('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const [first, other] = [serve(one.listener.id), serve(two.listener.id)];
    await publish('order.paid');
    await soon(() => [first.statuses.length, other.statuses.length]).toEqual([1, 1]);
    const newer = serve(one.listener.id);
    await expect(first.ended).rejects.toThrow(/taken this listener over/);
    await publish('order.lost');
    await soon(() => [newer.statuses.length, other.statuses.length]).toEqual([1, 2]);
    expect(first.statuses).toHaveLength(1);
  });

  it('vanishes a minute after its client, with what waits for it; or at once when it is ended', async () => {
    const { listener } = await listen();
    const served = serve(listener.id);
    await publish('order.paid');
    await soon(() => served.statuses).toEqual(['DELIVERED']);
    served.stop();
    await served.ended;
    await soon(
      async () => (await pool.query('SELECT listener_connection FROM webhook WHERE id = $1', [listener.id])).rows,
    ).toEqual([{ listener_connection: null }]);
    await publish('order.lost');
    expect(await expireListeners(pool, notifier)).toBe(0);
    expect(await statusesOf(listener.id)).toEqual(['DELIVERED', 'HELD']);
    await pool.query(
      `UPDATE webhook SET listener_expires_at = listener_expires_at - interval '60 seconds' WHERE id = $1`,
      [listener.id],
    );
    expect(await expireListeners(pool, notifier)).toBe(1);
    expect(await statusesOf(listener.id)).toEqual(['DELIVERED', 'CANCELLED']);
    expect((await pool.query('SELECT FROM webhook_secret WHERE webhook_id = $1', [listener.id])).rowCount).toBe(0);
    await publish('order.paid');
    expect(await deliveries(listener.id)).toHaveLength(2);
    await expect(serve(listener.id).ended).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const second = await listen();
    const also = serve(second.listener.id);
    await everhook.listeners.end(second.listener.id);
    await everhook.listeners.end(second.listener.id);
    await expect(also.ended).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('vanishes though an older one of another organization cannot, because that is held', async () => {
    const { listener } = await listen();
    const other = await createTenant(pool);
    const held = await createWebhook(pool, other, 'https://example.com/');
    await pool.query(`UPDATE webhook SET listener_expires_at = now() - interval '1 hour' WHERE id = $1`, [held.id]);
    await pool.query(`UPDATE webhook SET listener_expires_at = now() - interval '1 minute' WHERE id = $1`, [
      listener.id,
    ]);
    const holder = await pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM organization WHERE id = $1 FOR UPDATE', [other.organizationId]);
      await expect(expireListeners(pool, notifier)).rejects.toMatchObject({ code: '55P03' });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const deleted = async (id: string) =>
      (await pool.query('SELECT deleted_at IS NOT NULL AS gone FROM webhook WHERE id = $1', [id])).rows[0].gone;
    expect([await deleted(held.id), await deleted(listener.id)]).toEqual([false, true]);
    expect(await expireListeners(pool, notifier)).toBe(1);
    expect(await deleted(held.id)).toBe(true);
  });

  it('ends with the permission of its client', async () => {
    const key = await api.key(tenant.key, {
      organizationId: tenant.organizationId,
      permissions: ['WEBHOOK_MANAGE', 'WEBHOOK_READ'],
    });
    const client = new Everhook({ url: api.url, apiKey: key, retries: 0 });
    const { listener } = await client.listeners.create({ projectId: tenant.projectId, name: 'Mine' });
    const requests = client.listeners.requests(listener.id);
    await requests.ready;
    await publish('order.paid');
    expect((await requests.next()).value?.eventType).toBe('order.paid');
    const { apiKeys } = await api.data(tenant.key, '{ apiKeys { edges { node { id name permissions } } } }');
    const { node } = apiKeys.edges.find(
      (edge: { node: { permissions: string[] } }) => edge.node.permissions.length === 2,
    );
    await everhook.apiKeys.revoke(node.id);
    await publish('order.lost');
    await expect(requests.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await client.close();
  });

  it('is sent nothing by anybody else: tests and replays come to its client, too, and what makes no sense is refused', async () => {
    const receiver = await new Receiver().listen();
    try {
      const { listener } = await listen({ target: receiver.url });
      const served = serve(listener.id);
      await publish('order.paid');
      await soon(() => served.statuses.length).toBe(1);
      await everhook.deliveries.replay(served.requests[0]?.id as string);
      await everhook.webhooks.sendTest(listener.id);
      await soon(() => served.statuses).toEqual(['DELIVERED', 'DELIVERED', 'DELIVERED']);
      for (const refused of [
        () => everhook.webhooks.update(listener.id, { name: 'Another' }),
        () => everhook.webhooks.pause(listener.id),
        () => everhook.webhooks.resume(listener.id),
        () => everhook.webhooks.setActive(listener.id, false),
        () => everhook.webhooks.rotateSecret(listener.id),
      ]) {
        await expect(refused()).rejects.toMatchObject({
          code: 'CONFLICT',
          message: expect.stringContaining('a listener'),
        });
      }
      expect(receiver.received).toEqual([]);
    } finally {
      await receiver.close();
    }
  });

  it('gets what it missed by a recovery, also of events before it was made', async () => {
    const since = new Date(Date.now() - 60_000);
    const ids = [await publish('order.paid'), await publish('order.lost')];
    await publish('crane.moved');
    const { listener } = await listen();
    const counted = await everhook.recoveries.recoverable({ webhookId: listener.id, since, include: ['MISSED'] });
    expect(counted).toMatchObject({ missed: 2 });
    expect(ids).toHaveLength(2);
  });

  it.each([
    [{ eventTypes: ['order paid'] }, 'input.eventTypes[0]'],
    [{ eventTypes: ['order.*', ''] }, 'input.eventTypes[1]'],
    [{ eventTypes: ['**.order.**', '*.a.*b*'] }, 'input.eventTypes[1]'],
    [{ target: 'ftp://localhost/' }, 'input.target'],
    [{ target: 'no address' }, 'input.target'],
    [{ secret: 'short' }, 'input.secret'],
    [{ profile: 'SLACK' as const }, 'input.profile'],
    [{ name: ' ' }, 'input.name'],
  ])('refuses %o and names the field', async (input, field) => {
    await expect(listen(input)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', field });
  });

  it('asks the database together with the others of its organization, whatever happens there', async () => {
    const queries = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => void queries.mockRestore());
    const { listener } = await listen({ eventTypes: ['crane.*'] });
    const served = serve(listener.id);
    const others = await Promise.all(Array.from({ length: 10 }, () => listen()));
    const idle = others.map((each) => everhook.listeners.requests(each.listener.id));
    await Promise.all(idle.map(({ ready }) => ready));
    queries.mockClear();
    for (let n = 1; n <= 10; n++) {
      await publish('crane.moved');
      await soon(() => served.statuses.length).toBe(n);
    }
    const looks = queries.mock.calls.filter(([query]) =>
      /HELD' ORDER BY event_id/.test((query as unknown as pg.QueryConfig)?.text),
    );
    // What is stored and what is answered each wake all eleven.
    expect(looks.length).toBeGreaterThan(9);
    expect(looks.length).toBeLessThan(80);
    await Promise.all(idle.map((each) => each.return()));
  });

  it('has up to 20 patterns of up to two stars, and all of an organization have 500', async () => {
    const eventTypes = Array.from({ length: 20 }, (_, n) => `*.type${n}.*`);
    await expect(listen({ eventTypes: [...eventTypes, 'order.*'] })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      field: 'input.eventTypes',
    });
    for (let n = 0; n < 25; n++) await listen({ eventTypes: [...eventTypes, '**.type1.*'] });
    await expect(listen()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', field: 'input.eventTypes' });
    await expect(listen({ eventTypes: [] })).resolves.toBeDefined();
  });

  it('refuses a receipt of another listener, and an answer that is none', async () => {
    const [one, two] = [await listen(), await listen()];
    const requests = everhook.listeners.requests(one.listener.id);
    await publish('order.paid');
    const request = (await requests.next()).value as ListenedRequest;
    await requests.return();
    const answer = { responseCode: 200, duration: 1 };
    await expect(everhook.listeners.answer(two.listener.id, request, answer)).rejects.toMatchObject({
      field: 'input.receipt',
    });
    for (const [wrong, field] of [
      [{ duration: 1 }, 'input.responseCode'],
      [{ responseCode: 200, failure: 'TIMEOUT', duration: 1 }, 'input.responseCode'],
      [{ responseCode: 99, duration: 1 }, 'input.responseCode'],
      [{ responseCode: 200, duration: 3_600_000 }, 'input.duration'],
      [{ ...answer, responseHeaders: [{ name: 'x', value: 'y'.repeat(20_000) }] }, 'input.responseHeaders'],
      [{ ...answer, responseHeaders: Array(5_000).fill({ name: '', value: '' }) }, 'input.responseHeaders'],
      [{ ...answer, responseHeaders: [{ name: '', value: 'y' }] }, 'input.responseHeaders[0].name'],
      [{ ...answer, responseHeaders: [{ name: 'x\0', value: 'y' }] }, 'input.responseHeaders[0].name'],
    ] as [ListenerAnswer, string][]) {
      await expect(everhook.listeners.answer(one.listener.id, request, wrong)).rejects.toMatchObject({ field });
    }
  });
});

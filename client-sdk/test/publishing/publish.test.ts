import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ErrorCode,
  type EventToPublish,
  Everhook,
  type EverhookOptions,
  JsonText,
  PublishError,
  type PublishedEvent,
} from '../../src/index.ts';
import { type Answer, EventStore, scriptedServer, sendError, sendJson } from '../support/scriptedServer.ts';

const key = 'ehk_a-secret-key';
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function clientOf(answer: Answer, options: Partial<EverhookOptions> = {}) {
  const server = await scriptedServer(answer);
  closing.push(() => server.close());
  return { server, everhook: new Everhook({ url: server.url, apiKey: key, ...options }) };
}

const event = (n: number) => ({ type: 'task.created', data: { n } });
const many = (count: number) => Array.from({ length: count }, (_, n) => event(n));
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('it succeeded'),
    // biome-ignore lint/suspicious/noExplicitAny: an error of any class
    (error: any) => error,
  );

describe('publishing a list', () => {
  it('sends at most 100 events a request and answers in the order given', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf(store.answer);
    const input = many(250).map((each, n) => ({ ...each, idempotencyKey: `k${n}` }));
    const published = await everhook.events.publishMany(input, { projectId: 'p' });
    expect(published.map(({ id }) => id)).toEqual(input.map(({ idempotencyKey }) => `id-of-${idempotencyKey}`));
    expect(server.requests.map(({ variables }) => variables.input.events.length).sort()).toEqual([100, 100, 50]);
    expect(server.requests.every(({ variables }) => variables.input.projectId === 'p')).toBe(true);
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });

  it('keeps every request below 1 MiB, whatever the sizes and characters, and sends each event once', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf(store.answer);
    const text = fc.tuple(fc.constantFrom('a', 'é', '✓', '😀', '"', '\u0001'), fc.integer({ min: 0, max: 80_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 60 }), async (texts) => {
        server.requests.length = 0;
        const published = await everhook.events.publishMany(
          texts.map(([character, count], n) => ({ type: `t.${n}`, data: character.repeat(count) })),
          { organizationId: 'o' },
        );
        expect(published.map(({ type }) => type)).toEqual(texts.map((_, n) => `t.${n}`));
        for (const { body } of server.requests) expect(Buffer.byteLength(body)).toBeLessThan(1024 * 1024);
        const sent = server.requests.flatMap(({ variables }) =>
          variables.input.events.map(({ type }: { type: string }) => type),
        );
        expect(new Set(sent).size).toBe(texts.length);
        expect(sent).toHaveLength(texts.length);
      }),
      { numRuns: 15 },
    );
  });

  it('writes bodies as JSON.stringify would, which the server reads fastest', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf(store.answer);
    await everhook.events.publishMany([{ ...event(1), previous: null, occurredAt: new Date(0) }, event(2)], {
      projectId: '"p"',
    });
    const body = server.requests[0]?.body as string;
    expect(body).toBe(JSON.stringify(JSON.parse(body)));
    expect(JSON.parse(body).variables.input.events[0]).toMatchObject({
      previous: null,
      occurredAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('takes labels as an object, and tells which one is no text', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf(store.answer);
    await everhook.events.publish({ ...event(1), labels: { customer: 'c_42', plan: 'pro' } });
    expect(server.requests[0]?.variables.input.events[0].labels).toEqual([
      { key: 'customer', value: 'c_42' },
      { key: 'plan', value: 'pro' },
    ]);
    const wrong = { ...event(2), labels: { customer: 42 } } as unknown as EventToPublish;
    expect(await failureOf(everhook.events.publishMany([event(1), wrong]))).toMatchObject({
      code: 'VALIDATION_FAILED',
      field: 'events[1].labels.customer',
    });
  });

  it('answers an empty list without asking the server', async () => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    expect(await everhook.events.publishMany([])).toEqual([]);
    expect(server.requests).toHaveLength(0);
  });

  it('publishes every event but those that are refused, each with its own error at its place in the list', async () => {
    const store = new EventStore();
    const bad = new Set([0, 7, 142, 143, 249]);
    const { everhook } = await clientOf((request, response) => {
      const sent: { data: { n: number } }[] = request.variables.input.events;
      const at = sent.findIndex(({ data }) => bad.has(data.n));
      if (at < 0) return store.answer(request, response);
      const message = `${sent[at]?.data.n} is wrong.`;
      sendError(response, { code: 'VALIDATION_FAILED', field: `input.events[${at}].data.amout` }, message);
    });
    const error = await failureOf(everhook.events.publishMany(many(250)));
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ code: 'PARTLY_PUBLISHED', field: 'events[0].data.amout' });
    expect(error.message).toContain('245 of 250 events were accepted');
    expect(error.failed.map(({ index }: { index: number }) => index)).toEqual([...bad]);
    for (const { index, error: own } of error.failed) {
      expect(own).toMatchObject({ name: 'ValidationError', field: `events[${index}].data.amout` });
      expect(own.message).toBe(`${index} is wrong.`);
    }
    expect(error.accepted.map(({ index }: { index: number }) => index)).toEqual(
      [...Array(250).keys()].filter((n) => !bad.has(n)),
    );
    for (const { index, event } of error.accepted) {
      const stored = [...store.events.values()].find(({ id }) => id === event.id);
      expect(stored?.data).toEqual({ n: index });
    }
    expect(
      error.failed.every(({ idempotencyKey }: { idempotencyKey: string }) => !store.events.has(idempotencyKey)),
    ).toBe(true);
    expect(store.events.size).toBe(245);
  });

  it('publishes all or none in one request where that is asked for', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf((request, response) => {
      const at = request.variables.input.events.findIndex(({ data }: { data: { n: number } }) => data.n === 2);
      if (at < 0) return store.answer(request, response);
      sendError(response, { code: 'VALIDATION_FAILED', field: `input.events[${at}].data.n` });
    });
    const [lone, together] = await Promise.allSettled([
      everhook.events.publish(event(1)),
      everhook.events.publishMany(many(5), { allOrNone: true }),
    ]);
    expect(lone.status).toBe('fulfilled');
    expect(together).toMatchObject({ reason: { name: 'ValidationError', field: 'events[2].data.n' } });
    expect(store.events.size).toBe(1);
    const [, , ...others] = many(5);
    expect(await everhook.events.publishMany(others.slice(1), { allOrNone: true })).toHaveLength(2);
    const asked = server.requests.length;
    const large = Array.from({ length: 3 }, () => ({ type: 'a.b', data: 'x'.repeat(400_000) }));
    for (const list of [many(101), large]) {
      expect(await failureOf(everhook.events.publishMany(list, { allOrNone: true }))).toMatchObject({
        name: 'LimitExceededError',
        field: 'events',
      });
    }
    expect(await everhook.events.publishMany([], { allOrNone: true })).toEqual([]);
    expect(server.requests).toHaveLength(asked);
  });

  it('costs its signal one listener, however many its events and requests are', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf(store.answer);
    const { signal } = new AbortController();
    const listen = signal.addEventListener.bind(signal);
    let listeners = 0;
    signal.addEventListener = (...args: Parameters<typeof listen>) => {
      listeners++;
      listen(...args);
    };
    expect(await everhook.events.publishMany(many(10_000), { signal })).toHaveLength(10_000);
    expect(store.events.size).toBe(10_000);
    expect(server.requests).toHaveLength(100);
    expect(listeners).toBe(1);
  });

  it('names the permission that was lacking for a part of it', async () => {
    const store = new EventStore();
    const { everhook } = await clientOf((request, response) => {
      const lost = request.variables.input.events.some(({ data }: { data: { n: number } }) => data.n === 142);
      if (!lost) return store.answer(request, response);
      sendError(response, { code: 'FORBIDDEN', permission: 'EVENT_PUBLISH' });
    });
    const error = await failureOf(everhook.events.publishMany(many(150)));
    expect(error).toBeInstanceOf(PublishError);
    expect(error).toMatchObject({ code: 'PARTLY_PUBLISHED', permission: 'EVENT_PUBLISH' });
    expect(error.failed[0].error).toMatchObject({ name: 'ForbiddenError', permission: 'EVENT_PUBLISH' });
  });

  it('throws the fault itself where nothing was accepted for a reason that is about no event', async () => {
    const { everhook } = await clientOf((_, response) => sendError(response, { code: 'FORBIDDEN' }) && undefined);
    expect(await failureOf(everhook.events.publishMany(many(5)))).toMatchObject({ name: 'ForbiddenError' });
  });

  it('has the error of each where all are refused, with the code of the first', async () => {
    const { everhook } = await clientOf((_, response) => {
      sendError(response, { code: 'CONFLICT', field: 'input.events[0].idempotencyKey' });
    });
    const error = await failureOf(everhook.events.publishMany(many(3)));
    expect(error).toMatchObject({ name: 'PublishError', code: 'CONFLICT', field: 'events[0].idempotencyKey' });
    expect(error.accepted).toEqual([]);
    expect(error.failed.map((each: { error: { field: string } }) => each.error.field)).toEqual(
      [0, 1, 2].map((n) => `events[${n}].idempotencyKey`),
    );
  });

  it('ends where the server names an event that the request does not have', async () => {
    const { everhook } = await clientOf((_, response) => {
      sendError(response, { code: 'CONFLICT', field: 'input.events[7].idempotencyKey' });
    });
    expect(await failureOf(everhook.events.publishMany(many(2)))).toMatchObject({ code: 'CONFLICT' });
  });
});

describe('publishing one event at a time', () => {
  it('shares one request among calls of the same tick, and answers each its own', async () => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    const published = await Promise.all(
      many(50).map(({ data }) => everhook.events.publish({ type: `t.${data.n}`, data }, { projectId: 'p' })),
    );
    expect(published.map(({ type }) => type)).toEqual(many(50).map(({ data }) => `t.${data.n}`));
    expect(server.requests).toHaveLength(1);
  });

  it('never mixes scopes, nor two events of one idempotency key, in one request', async () => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    await Promise.all([
      everhook.events.publish(event(1), { projectId: 'a' }),
      everhook.events.publish(event(2), { projectId: 'b' }),
      everhook.events.publish({ ...event(3), idempotencyKey: 'same' }, { organizationId: 'a' }),
      everhook.events.publish({ ...event(3), idempotencyKey: 'same' }, { organizationId: 'a' }),
    ]);
    expect(server.requests.map(({ variables }) => variables.input.events.length)).toEqual([1, 1, 1, 1]);
  });

  it('tells the caller at fault alone when a shared request is refused, and publishes the others’ events once', async () => {
    const store = new EventStore();
    const { server, everhook } = await clientOf((request, response) => {
      const at = request.variables.input.events.findIndex(({ data }: { data: { n: number } }) => data.n % 10 === 3);
      if (at < 0) return store.answer(request, response);
      sendError(response, { code: 'VALIDATION_FAILED', field: `input.events[${at}].data.n` });
    });
    const outcomes = await Promise.allSettled(many(30).map((each) => everhook.events.publish(each)));
    for (const [n, outcome] of outcomes.entries()) {
      if (n % 10 !== 3) expect(outcome.status).toBe('fulfilled');
      else expect(outcome).toMatchObject({ reason: { name: 'ValidationError', field: 'data.n' } });
    }
    expect(store.events.size).toBe(27);
    expect(server.requests).toHaveLength(4);
  });

  it('asks for each call by itself when a refusal names no event', async () => {
    const store = new EventStore();
    const { everhook } = await clientOf((request, response) => {
      const bad = request.variables.input.events.some(({ data }: { data: { n: number } }) => data.n === 1);
      return bad ? sendError(response, { code: 'LIMIT_EXCEEDED' }) && undefined : store.answer(request, response);
    });
    const outcomes = await Promise.allSettled(many(3).map((each) => everhook.events.publish(each)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('gathers what arrives while the server is busy', async () => {
    const store = new EventStore();
    const release: (() => void)[] = [];
    const { server, everhook } = await clientOf(
      async (request, response) => {
        await new Promise<void>((resolve) => release.push(resolve));
        return store.answer(request, response);
      },
      { publishConcurrency: 1 },
    );
    const first = everhook.events.publish(event(0));
    await expect.poll(() => release.length).toBe(1);
    const others = [];
    for (const each of many(20)) {
      others.push(everhook.events.publish(each));
      await Promise.resolve();
    }
    release.shift()?.();
    await first;
    await expect.poll(() => release.length).toBe(1);
    release.shift()?.();
    await Promise.all(others);
    expect(server.requests.map(({ variables }) => variables.input.events.length)).toEqual([1, 20]);
  });
});

describe('a publish that fails on its way', () => {
  it('is repeated with the same idempotency keys after a lost answer, so that nothing comes out twice', async () => {
    const store = new EventStore();
    let lost = 0;
    const { server, everhook } = await clientOf((request, response) => {
      if (lost++ > 0) return store.answer(request, response);
      store.accept(request.variables.input.events);
      response.destroy();
    });
    const published = await everhook.events.publishMany(many(10));
    expect(server.requests).toHaveLength(2);
    expect(store.events.size).toBe(10);
    expect(published).toHaveLength(10);
  });

  it.each<[string, Answer]>([
    ['a 503 of a gateway', (_, response) => void response.writeHead(503).end('<html>down</html>')],
    ['a 502 of a gateway', (_, response) => void response.writeHead(502).end()],
    ['UNAVAILABLE', (_, response) => void sendError(response, { code: 'UNAVAILABLE' })],
    ['a reset connection', (_, response) => void response.destroy()],
    [
      'an answer cut short',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"data":');
        response.destroy();
      },
    ],
  ])('is repeated after %s', async (_, fault) => {
    const store = new EventStore();
    let tries = 0;
    const { everhook } = await clientOf((...exchange) =>
      tries++ === 0 ? fault(...exchange) : store.answer(...exchange),
    );
    await everhook.events.publish(event(1));
    expect(tries).toBe(2);
    expect(store.events.size).toBe(1);
  });

  it.each<[string, Answer]>([
    ['the Retry-After header', (_, response) => void response.writeHead(429, { 'retry-after': '1' }).end()],
    ['extensions.retryAfter', (_, response) => void sendError(response, { code: 'RATE_LIMITED', retryAfter: 1 })],
  ])('waits as long as %s says', async (_, fault) => {
    const store = new EventStore();
    const at: number[] = [];
    const { everhook } = await clientOf((...exchange) => {
      at.push(performance.now());
      return at.length === 1 ? fault(...exchange) : store.answer(...exchange);
    });
    await everhook.events.publish(event(1));
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThan(990);
  });

  it('does not wait for a server that asks for minutes', async () => {
    const { server, everhook } = await clientOf(
      (_, response) => void sendError(response, { code: 'RATE_LIMITED', retryAfter: 600 }),
    );
    expect(await failureOf(everhook.events.publish(event(1)))).toMatchObject({
      name: 'RateLimitedError',
      retryAfter: 600,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('rides out a balancer that has no server for a while, beyond the number of retries, as a query does', async () => {
    const store = new EventStore();
    const tries = { publish: 0, query: 0 };
    const { everhook } = await clientOf(
      (request, response) => {
        const publishes = request.variables.input !== undefined;
        if (++tries[publishes ? 'publish' : 'query'] <= 2) return void response.writeHead(503).end('<html>down</html>');
        return publishes ? store.answer(request, response) : void sendJson(response, 200, { data: { up: true } });
      },
      { retries: 1 },
    );
    const up = everhook.query('query { up }', {});
    expect(await Promise.all([up, everhook.events.publish(event(1))])).toEqual([{ up: true }, expect.anything()]);
    expect(store.events.size).toBe(1);
    const impatient = await clientOf((_, response) => void response.writeHead(503).end(), { retries: 0 });
    expect(await failureOf(impatient.everhook.events.publish(event(1)))).toMatchObject({ name: 'UnavailableError' });
    expect(impatient.server.requests).toHaveLength(1);
  });

  it('is given up after the retries, with the last error', async () => {
    const { server, everhook } = await clientOf((_, response) => void response.destroy(), { retries: 2 });
    expect(await failureOf(everhook.events.publish(event(1)))).toMatchObject({ name: 'NetworkError' });
    expect(server.requests).toHaveLength(3);
  });

  it('times out when the server does not answer, or stops in the middle', async () => {
    const silent = await clientOf(() => {}, { retries: 0, timeoutMs: 50 });
    expect(await failureOf(silent.everhook.events.publish(event(0)))).toMatchObject({
      name: 'TimeoutError',
      code: 'TIMEOUT',
    });
    // Long enough for the head to arrive first on a busy machine, too.
    const { everhook } = await clientOf((_, response) => void response.writeHead(200).write('{'), {
      retries: 0,
      timeoutMs: 4_000,
    });
    expect(await failureOf(everhook.events.publish(event(1)))).toMatchObject({ name: 'TimeoutError', status: 200 });
  });

  it('times out by itself where fetch forgets that it was to end, before its answer and amid it', async () => {
    const forgetful = async (fetch: NonNullable<EverhookOptions['fetch']>) => {
      const everhook = new Everhook({ url: 'http://127.0.0.1', apiKey: key, retries: 0, timeoutMs: 20, fetch });
      return failureOf(everhook.events.publish(event(0)));
    };
    const never = new Promise<never>(() => {});
    expect(await forgetful(() => never)).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT' });
    const answered = { status: 200, headers: new Headers(), text: () => never };
    expect(await forgetful(async () => answered)).toMatchObject({ name: 'TimeoutError', status: 200 });
  });

  it('is a NetworkError where nobody listens', async () => {
    const server = await scriptedServer(() => {});
    await server.close();
    const everhook = new Everhook({ url: server.url, apiKey: key, retries: 1 });
    expect(await failureOf(everhook.events.publish(event(1)))).toMatchObject({
      name: 'NetworkError',
      code: 'NETWORK',
      message: expect.stringContaining(`${server.url}/graphql could not be reached`),
    });
    const secretly = new Everhook({ url: `${server.url}/?token=a-secret`, apiKey: key, retries: 0 });
    expect((await failureOf(secretly.events.publish(event(1)))).message).not.toContain('a-secret');
  });

  it.each([
    ['UNAUTHENTICATED', 'UnauthenticatedError'],
    ['FORBIDDEN', 'ForbiddenError'],
    ['NOT_FOUND', 'NotFoundError'],
    ['INTERNAL_SERVER_ERROR', 'EverhookError'],
  ])('is not repeated after %s', async (code, name) => {
    const { server, everhook } = await clientOf((_, response) => void sendError(response, { code }));
    expect(await failureOf(everhook.events.publish(event(1)))).toMatchObject({ name });
    expect(server.requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('neither follows a redirect with the key (%s) nor tries again', async (status) => {
    const other = await clientOf(new EventStore().answer);
    const { server, everhook } = await clientOf(
      (_, response) => void response.writeHead(status, { location: `${other.server.url}/graphql` }).end(),
    );
    const error = await failureOf(everhook.events.publish(event(1)));
    expect(error).toMatchObject({ code: 'INTERNAL', status, url: `${server.url}/graphql` });
    expect(error.message).toContain('The url redirects');
    expect([server.requests.length, other.server.requests.length]).toEqual([1, 0]);
  });

  it('asks fetch for no mode of redirects that Workers refuse, and knows a redirect that browsers hide', async () => {
    const modes: string[] = [];
    const fetch: EverhookOptions['fetch'] = async (_url, { redirect }) => {
      modes.push(redirect);
      return { status: 0, type: 'opaqueredirect', headers: new Headers(), text: async () => '' };
    };
    const { everhook } = await clientOf(() => {}, { fetch });
    expect((await failureOf(everhook.events.publish(event(1)))).message).toContain('The url redirects');
    expect(modes).toEqual(['manual']);
  });

  it('never quotes the key, nor the body of an answer', async () => {
    const { everhook } = await clientOf((_, response) => void response.writeHead(404).end(`secret ${key}`), {
      retries: 0,
    });
    const error = await failureOf(everhook.events.publish(event(1)));
    expect(error).toMatchObject({ name: 'EverhookError', code: 'INTERNAL', status: 404 });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/secret/);
  });
});

describe('JSON as it is written', () => {
  it('is sent so at any depth of data and previous, beside values that are refused as ever', async () => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    const price = new JsonText('1.00');
    const data = { price, lines: [{ total: new JsonText('{"a":1e2}') }], note: 'price' };
    await everhook.events.publish({ type: 'order.paid', data, previous: [price], idempotencyKey: 'k' });
    expect(server.requests[0]?.body).toContain(
      '"data":{"price":1.00,"lines":[{"total":{"a":1e2}}],"note":"price"},"previous":[1.00]',
    );
    const lossy = everhook.events.publish({ type: 'order.paid', data: { price, id: 2 ** 60 } });
    expect(await failureOf(lossy)).toMatchObject({ field: 'data.id' });
  });
});

describe('backpressure', () => {
  it('never has more requests under way than allowed, and gets everything through an overloaded server', async () => {
    const store = new EventStore();
    const held: (() => void)[] = [];
    let underWay = 0;
    let peak = 0;
    let overloads = 8;
    const { everhook } = await clientOf(
      async (request, response) => {
        peak = Math.max(peak, ++underWay);
        // The first ones wait for each other, so that the limit is reached.
        if (overloads > 0) await new Promise<void>((resolve) => held.push(resolve));
        underWay--;
        if (overloads-- > 0) return void sendError(response, { code: 'UNAVAILABLE' });
        return store.answer(request, response);
      },
      { publishConcurrency: 8 },
    );
    const publishing = everhook.events.publishMany(many(2000));
    await expect.poll(() => held.length).toBe(8);
    for (const release of held) release();
    expect(await publishing).toHaveLength(2000);
    expect(store.events.size).toBe(2000);
    expect(peak).toBe(8);
  });
});

describe('giving up', () => {
  it('rejects with the signal’s reason, and leaves the other callers of the request alone', async () => {
    const store = new EventStore();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { server, everhook } = await clientOf(async (request, response) => {
      await held;
      return store.answer(request, response);
    });
    const impatient = new AbortController();
    const abandoned = everhook.events.publish(event(1), { signal: impatient.signal });
    const patient = everhook.events.publish(event(2));
    await expect.poll(() => server.requests.length).toBe(1);
    impatient.abort(new Error('enough'));
    expect((await failureOf(abandoned)).message).toBe('enough');
    release();
    expect((await patient).type).toBe('task.created');
  });

  it('ends the request when nobody waits for it any more', async () => {
    let ended = false;
    const { server, everhook } = await clientOf((_, response) => {
      response.once('close', () => {
        ended = true;
      });
    });
    const impatient = new AbortController();
    const abandoned = everhook.events.publishMany(many(3), { signal: impatient.signal });
    await expect.poll(() => server.requests.length).toBe(1);
    impatient.abort();
    expect((await failureOf(abandoned)).name).toBe('AbortError');
    await expect.poll(() => ended).toBe(true);
    const before = server.requests.length;
    expect((await failureOf(everhook.events.publish(event(1), { signal: impatient.signal }))).name).toBe('AbortError');
    expect(server.requests).toHaveLength(before);
  });
});

describe('what JSON would silently change', () => {
  it.each<[string, unknown, string]>([
    ['an integer beyond 2^53', { list: [1, { big: 2 ** 53 }] }, 'data.list[1].big'],
    ['an integer below -2^53', -(2 ** 60), 'data'],
    ['a BigInt', { id: 1n }, 'data.id'],
    ['NaN', [Number.NaN], 'data[0]'],
    ['an infinity', { a: { b: Number.NEGATIVE_INFINITY } }, 'data.a.b'],
    ['nothing at all', undefined, 'data'],
    ['a function', () => 1, 'data'],
    ['an unsafe integer behind toJSON', { at: { toJSON: () => 2 ** 60 } }, 'data.at'],
  ])('is refused with its path before anything is sent: %s', async (_, data, field) => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    expect(await failureOf(everhook.events.publish({ type: 'a.b', data }))).toMatchObject({
      name: 'ValidationError',
      field,
    });
    expect(await failureOf(everhook.events.publishMany([event(1), { type: 'a.b', data }]))).toMatchObject({
      field: `events[1].${field}`,
    });
    expect(server.requests).toHaveLength(0);
  });

  it('refuses a value that refers to itself, an invalid date, and an event that no request can hold', async () => {
    const { server, everhook } = await clientOf(new EventStore().answer);
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(await failureOf(everhook.events.publish({ type: 'a.b', data: loop }))).toMatchObject({ field: 'data' });
    const occurredAt = new Date('never');
    expect(await failureOf(everhook.events.publish({ ...event(1), occurredAt }))).toMatchObject({
      field: 'occurredAt',
    });
    const data = 'x'.repeat(1024 * 1024);
    expect(await failureOf(everhook.events.publish({ type: 'a.b', data }))).toMatchObject({
      name: 'LimitExceededError',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('sends what is exact: safe integers, fractions, and numbers with exponents', async () => {
    const store = new EventStore();
    const { everhook } = await clientOf(store.answer);
    const data = [2 ** 53 - 1, -(2 ** 53) + 1, 0.1, 1e21, 1.5e300, 5e-324];
    await everhook.events.publish({ type: 'a.b', data });
    expect([...store.events.values()][0]?.data).toEqual(data);
  });
});

describe('other mutations', () => {
  const webhook = { name: 'w', url: 'https://receiver.example/', projectId: 'p' };

  it('are not repeated after a lost answer, because they may have been carried out', async () => {
    const { server, everhook } = await clientOf((_, response) => void response.destroy());
    expect(await failureOf(everhook.webhooks.create(webhook))).toMatchObject({ name: 'NetworkError' });
    expect(server.requests).toHaveLength(1);
  });

  it('are repeated where the server refused to begin', async () => {
    let tries = 0;
    const { everhook } = await clientOf((_, response) => {
      if (tries++ === 0) return void response.writeHead(429).end();
      sendJson(response, 200, { data: { createWebhook: { webhook: { id: 'w' }, secret: 's', testDelivery: null } } });
    });
    expect(await everhook.webhooks.create(webhook)).toMatchObject({ secret: 's' });
  });

  it('are repeated where doing them twice is as good as once', async () => {
    let tries = 0;
    const { everhook } = await clientOf((_, response) => {
      if (tries++ === 0) return void response.destroy();
      sendJson(response, 200, { data: { setWebhookActive: { webhook: { id: 'w', active: false } } } });
    });
    expect(await everhook.webhooks.setActive('w', false)).toMatchObject({ active: false });
  });
});

describe('an event that is not as it must be', () => {
  const everhook = new Everhook({ url: 'http://127.0.0.1:9', apiKey: key, retries: 0 });
  /** What a program without types may hand over. */
  const untyped = everhook.events as unknown as Record<'publish' | 'publishMany', (input: unknown) => Promise<unknown>>;

  it.each([
    [{ type: 'a.b', dat: 1 }, 'dat', 'Did you mean "data"?'],
    [{ typ: 'a.b', data: 1 }, 'typ', 'Did you mean "type"?'],
    [{ type: 'a.b', data: 1, ocurredAt: new Date() }, 'ocurredAt', 'Did you mean "occurredAt"?'],
    [{ type: 'a.b', data: 1, idempotencykey: 'k' }, 'idempotencykey', 'Did you mean "idempotencyKey"?'],
    [{ type: 'a.b', data: 1, metadata: {} }, 'metadata', 'It has type, data,'],
    [{ type: 'a.b' }, 'data', 'JSON value'],
    [{ type: 7, data: 1 }, 'type', 'as text'],
    [null, 'event', 'object'],
    [[event(1)], 'event', 'publishMany'],
  ])('is refused before anything is sent: %j', async (input, field, said) => {
    const error = await failureOf(untyped.publish(input));
    expect(error).toMatchObject({ name: 'ValidationError', field });
    expect(error.message).toContain(said);
  });

  it.each([
    [[event(1), { type: 'a.b', dat: 1 }], 'events[1].dat', 'Did you mean "data"?'],
    [[event(1), { type: 'a.b' }], 'events[1].data', 'JSON value'],
    [[event(1), undefined], 'events[1]', 'object'],
    [event(1), 'events', 'publish'],
    [undefined, 'events', 'publish'],
  ])('is refused in a list before anything is sent: %j', async (input, field, said) => {
    const error = await failureOf(untyped.publishMany(input));
    expect(error).toMatchObject({ name: 'ValidationError', field });
    expect(error.message).toContain(said);
  });

  it('is one error of the compiler, at the place of the fault', () => {
    // Compiled with the tests, and never called.
    const compiled = () => [
      // @ts-expect-error A misspelt key.
      everhook.events.publish({ typ: 'a.b', data: 1 }),
      // @ts-expect-error No data.
      everhook.events.publish({ type: 'a.b' }),
      everhook.events.publish({
        type: 'a.b',
        data: 1,
        // @ts-expect-error A misspelt key that may be left out.
        occuredAt: new Date(),
      }),
      everhook.events.publishMany([
        event(1),
        // @ts-expect-error A misspelt key, in a list.
        { typ: 'a.b', data: 1 },
        // @ts-expect-error No data, in a list.
        { type: 'a.b' },
      ]),
    ];
    expect(compiled).toBeTypeOf('function');
  });

  it('is published as one or as a list, by the method', () => {
    const compiled = async (one: EventToPublish, list: readonly EventToPublish[]) => {
      const published: PublishedEvent = await everhook.events.publish(one);
      const several: PublishedEvent[] = await everhook.events.publishMany(list);
      const none: PublishedEvent[] = await everhook.events.publishMany([]);
      // @ts-expect-error A list.
      everhook.events.publish(list);
      // @ts-expect-error A single event.
      everhook.events.publishMany(one);
      const failed = (error: PublishError) => error.failed.map((each): ErrorCode => each.error.code);
      return [published, several, none, failed];
    };
    expect(compiled).toBeTypeOf('function');
  });
});

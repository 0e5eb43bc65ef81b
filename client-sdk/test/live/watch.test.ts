import { afterEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryUpdate, type DeliveryWatch, Everhook } from '../../src/index.ts';
import { acknowledge, delivery, type LiveServerOptions, liveServer } from '../support/liveServer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function watched(options: LiveServerOptions = {}, keepAliveMs = 10_000) {
  const server = await liveServer(options);
  closing.push(() => server.close());
  const everhook = new Everhook({ url: server.url, apiKey: 'the-key', keepAliveMs, retries: 0 });
  const watch = (...args: Parameters<typeof everhook.deliveries.watch>) => {
    const begun = everhook.deliveries.watch(...args);
    closing.push(() => begun.return());
    return begun;
  };
  return { server, watch };
}

async function read(watch: DeliveryWatch, count: number): Promise<DeliveryUpdate[]> {
  const updates: DeliveryUpdate[] = [];
  while (updates.length < count) {
    const { done, value } = await watch.next();
    if (done) throw new Error(`It ended after ${updates.length} updates.`);
    updates.push(value);
  }
  return updates;
}

const told = (updates: DeliveryUpdate[]) => updates.map(({ id, version }) => `${id}.${version}`);

describe('watching deliveries', () => {
  it('takes the cursor of now before it is ready, and subscribes behind it with key and filter', async () => {
    const { server, watch } = await watched();
    const watching = watch({ projectId: 'p', statuses: ['FAILED'] });
    await watching.ready;
    expect(watching.cursor).toBe('cursor-of-now');
    expect(server.queries).toMatchObject([{ variables: { projectId: 'p' } }]);
    const subscription = await server.subscribed();
    expect(subscription.authorization).toBe('Bearer the-key');
    expect(subscription.variables).toEqual({ projectId: 'p', statuses: ['FAILED'], after: 'cursor-of-now' });
  });

  it('shares one socket with the other watches of its client, which stays until the last one ends', async () => {
    const { server, watch } = await watched();
    const one = watch({ projectId: 'p' });
    await one.ready;
    const first = await server.subscribed();
    let told = 0;
    const other = watch({ projectId: 'q' }, { onConnection: () => (told += 1) });
    const second = await server.subscribed();
    expect(server.connections).toBe(1);
    expect(told).toBe(1);
    first.send(delivery('a', 1, 'c-1'));
    second.send(delivery('b', 1, 'c-2'));
    expect((await read(one, 1))[0]?.id).toBe('a');
    expect((await read(other, 1))[0]?.id).toBe('b');
    await one.return();
    // One that ends takes nothing from the other.
    second.send(delivery('b', 2, 'c-3'));
    expect((await read(other, 1))[0]?.version).toBe(2);
    expect(server.open).toBe(1);
    await other.return();
    await second.closed;
  });

  it('comes back with the others over one new socket where the shared one breaks', async () => {
    const { server, watch } = await watched();
    const one = watch({ projectId: 'p' });
    const first = await server.subscribed();
    const other = watch({ projectId: 'q' });
    await server.subscribed();
    first.send(delivery('a', 1, 'c-1'));
    await read(one, 1);
    first.socket.terminate();
    const again = [await server.subscribed(), await server.subscribed()];
    expect(again.map(({ variables }) => variables.after).sort()).toEqual(['c-1', 'cursor-of-now']);
    expect(server.connections).toBe(2);
    await Promise.all([one.return(), other.return()]);
  });

  it('finds the organization of a webhook that is named alone', async () => {
    const { server, watch } = await watched();
    await watch({ webhookId: 'w' }).ready;
    expect(server.queries.map(({ variables }) => variables)).toEqual([
      { id: 'w' },
      { organizationId: 'the-organization' },
    ]);
  });

  it('goes on behind a cursor that it is given', async () => {
    const { server, watch } = await watched();
    const watching = watch({}, { after: 'kept' });
    await watching.ready;
    expect((await server.subscribed()).variables).toEqual({ after: 'kept' });
    expect(server.queries).toEqual([]);
  });

  it('tells whenever its connection is up and whenever it is lost', async () => {
    const { server, watch } = await watched();
    const told: boolean[] = [];
    const watching = watch({}, { onConnection: (connected) => told.push(connected) });
    const first = await server.subscribed();
    expect(told).toEqual([true]);
    first.socket.terminate();
    await server.subscribed();
    expect(told).toEqual([true, false, true]);
    await watching.return();
  });

  it('goes on with a fresh key where the one that its connection was made with has expired', async () => {
    const server = await liveServer();
    closing.push(() => server.close());
    const keys = ['expiring', 'expiring', 'fresh'];
    const watching = new Everhook({ url: server.url, apiKey: async () => keys.shift() ?? 'fresh' }).deliveries.watch();
    closing.push(() => watching.return());
    const first = await server.subscribed();
    expect(first.authorization).toBe('Bearer expiring');
    first.send(delivery('a', 1, 'c1'));
    await read(watching, 1);
    first.socket.close(4403, 'UNAUTHENTICATED');
    const second = await server.subscribed();
    expect([second.authorization, second.variables.after]).toEqual(['Bearer fresh', 'c1']);
  });

  it('asks for a key again that never came, also for its first connection', async () => {
    const server = await liveServer();
    closing.push(() => server.close());
    let asked = 0;
    const apiKey = () => (++asked === 1 ? new Promise<string>(() => {}) : Promise.resolve('second'));
    const everhook = new Everhook({ url: server.url, apiKey, timeoutMs: 50 });
    const watching = everhook.deliveries.watch({}, { after: 'kept' });
    closing.push(() => watching.return());
    expect((await server.subscribed()).authorization).toBe('Bearer second');
  });

  it.each([
    ['cannot reach who gives it', async () => Promise.reject(new TypeError('fetch failed'))],
    ['gets none', async () => ''],
    ['gets no answer', () => new Promise<string>(() => {})],
  ])('asks for the key again where its function %s while the connection is lost', async (_, away) => {
    const server = await liveServer();
    closing.push(() => server.close());
    let failures = 0;
    const apiKey = () => (failures-- > 0 ? away() : Promise.resolve('the-key'));
    const watching = new Everhook({ url: server.url, apiKey, timeoutMs: 50 }).deliveries.watch({}, { after: 'kept' });
    closing.push(() => watching.return());
    const first = await server.subscribed();
    first.send(delivery('a', 1, 'c1'));
    await read(watching, 1);
    failures = 2;
    first.socket.terminate();
    const second = await server.subscribed();
    expect([second.authorization, second.variables.after]).toEqual(['Bearer the-key', 'c1']);
    expect(failures).toBe(-1);
  });

  it('resumes from the last cursor after a lost connection, and drops what it has seen', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const first = await server.subscribed();
    first.send(delivery('a', 1, 'c1'), delivery('b', 1, 'c1'), delivery('a', 2, 'c2'));
    expect(told(await read(watching, 3))).toEqual(['a.1', 'b.1', 'a.2']);
    first.socket.terminate();
    const second = await server.subscribed();
    expect(second.variables.after).toBe('c2');
    second.send(
      delivery('b', 1, 'c1'),
      delivery('a', 1, 'c1'),
      delivery('a', 2, 'c2'),
      delivery('b', 2, 'c3'),
      delivery('c', 1, 'c3'),
    );
    expect(told(await read(watching, 2))).toEqual(['b.2', 'c.1']);
    expect(watching.cursor).toBe('c3');
  });

  it.each<[string, (subscription: Awaited<ReturnType<Awaited<ReturnType<typeof liveServer>>['subscribed']>>) => void]>([
    ['the server completes it', (subscription) => subscription.complete()],
    ['the server goes away', (subscription) => subscription.socket.close(1001)],
    ['the server restarts', (subscription) => subscription.socket.close(1012)],
    ['the feed is UNAVAILABLE', (subscription) => subscription.fail('UNAVAILABLE')],
    ['the server fails inside', (subscription) => subscription.fail('INTERNAL_SERVER_ERROR')],
    ['one update could not be read', (subscription) => subscription.sendErrors('UNAVAILABLE')],
    ['the server closes for an inner fault', (subscription) => subscription.socket.close(4500)],
  ])('comes back when %s', async (_, end) => {
    const { server, watch } = await watched();
    const watching = watch();
    const first = await server.subscribed();
    first.send(delivery('a', 1, 'c1'));
    await read(watching, 1);
    end(first);
    const second = await server.subscribed();
    expect(second.variables.after).toBe('c1');
    second.send(delivery('a', 2, 'c2'));
    expect(told(await read(watching, 1))).toEqual(['a.2']);
  });

  it('comes back when the server cannot be reached at first', async () => {
    const { server, watch } = await watched({
      onInit: (socket, count) => (count < 3 ? socket.terminate() : acknowledge(socket)),
    });
    const watching = watch();
    (await server.subscribed()).send(delivery('a', 1, 'c1'));
    expect(told(await read(watching, 1))).toEqual(['a.1']);
    expect(server.connections).toBe(3);
  });

  it('notices a connection that is open in name only, and makes another', async () => {
    let deaf = true;
    const { server, watch } = await watched(
      {
        answersPings: false,
        onInit: (socket) => {
          acknowledge(socket);
          if (!deaf) socket.on('message', (data) => String(data).includes('"ping"') && socket.send('{"type":"pong"}'));
          deaf = false;
        },
      },
      250,
    );
    const watching = watch();
    await server.subscribed();
    const second = await server.subscribed();
    second.send(delivery('a', 1, 'c1'));
    expect(told(await read(watching, 1))).toEqual(['a.1']);
  });

  it('makes another connection where one is not opened, or not acknowledged', async () => {
    const unopened = await watched({ answersUpgrade: (count) => count > 2 });
    const unheard = await watched({ onInit: (socket, count) => count > 1 && acknowledge(socket) });
    await Promise.all(
      [unopened, unheard].map(async ({ server, watch }) => {
        const watching = watch();
        (await server.subscribed()).send(delivery('a', 1, 'c1'));
        expect(told(await read(watching, 1))).toEqual(['a.1']);
        await expect.poll(() => server.open).toBe(1);
      }),
    );
  });

  it('passes over a delivery that went out of sight', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    subscription.sendErrors('NOT_FOUND');
    subscription.send(delivery('a', 1, 'c1'));
    expect(told(await read(watching, 1))).toEqual(['a.1']);
    expect(server.connections).toBe(1);
  });
});

describe('a slow reader', () => {
  it('gets the latest state of each delivery alone, in an order whose cursors are safe', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    subscription.send(
      delivery('first', 1, 'c0'),
      delivery('a', 1, 'c1'),
      delivery('b', 1, 'c2'),
      delivery('a', 2, 'c3'),
      delivery('c', 1, 'c4'),
      delivery('a', 3, 'c5'),
      delivery('end', 1, 'c6'),
    );
    // Once a later socket message was answered, all of these have arrived.
    await new Promise((resolve) => {
      subscription.socket.once('pong', resolve);
      subscription.socket.ping();
    });
    const updates = await read(watching, 5);
    expect(told(updates)).toEqual(['first.1', 'b.1', 'c.1', 'a.3', 'end.1']);
    expect(updates.map(({ cursor }) => cursor)).toEqual(['c0', 'c2', 'c4', 'c5', 'c6']);
  });

  it('makes the connection pause instead of filling the memory, and misses nothing', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const first = await server.subscribed();
    for (let n = 0; n < 10_100; n++) first.send(delivery(`d${n}`, 1, `c${n}`));
    await first.closed;
    const kept = await read(watching, 10_000);
    expect(kept.at(-1)?.id).toBe('d9999');
    const second = await server.subscribed();
    expect(second.variables.after).toBe('c9999');
    for (let n = 9_990; n < 10_100; n++) second.send(delivery(`d${n}`, 1, `c${n}`));
    expect((await read(watching, 100)).map(({ id }) => id)).toEqual(
      Array.from({ length: 100 }, (_, n) => `d${10_000 + n}`),
    );
  });
});

describe('the end of a watch', () => {
  it('comes with leaving the loop, and closes the connection', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    subscription.send(delivery('a', 1, 'c1'), delivery('b', 1, 'c2'));
    for await (const { id } of watching) if (id === 'a') break;
    await subscription.closed;
    expect(await watching.next()).toEqual({ done: true, value: undefined });
  });

  it('comes with an error that is thrown into it, and closes the connection', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    const wrong = new Error('The reader cannot go on.');
    await expect(watching.throw(wrong)).rejects.toBe(wrong);
    await subscription.closed;
    expect(await watching.next()).toEqual({ done: true, value: undefined });
  });

  it('comes cleanly with the signal, also for who waits', async () => {
    const { server, watch } = await watched();
    const ending = new AbortController();
    const watching = watch({}, { signal: ending.signal });
    const subscription = await server.subscribed();
    const waiting = [watching.next(), watching.next()];
    ending.abort();
    for (const reading of waiting) expect((await reading).done).toBe(true);
    await subscription.closed;
    expect(server.connections).toBe(1);
  });

  it('comes at once with a signal that was given before, without any request', async () => {
    const { server, watch } = await watched();
    const watching = watch({}, { signal: AbortSignal.abort() });
    expect((await watching.next()).done).toBe(true);
    await watching.ready;
    expect(server.queries).toEqual([]);
    expect(server.connections).toBe(0);
  });

  it.each<[string, (watching: DeliveryWatch, ending: AbortController) => unknown]>([
    ['abort', (_, ending) => ending.abort()],
    ['return()', (watching) => watching.return()],
    ['throw()', (watching) => watching.throw(new Error('Enough.')).catch(() => {})],
    [
      'an error',
      () => {
        throw new Error('The caller’s own.');
      },
    ],
  ])('comes with %s within onConnection, and keeps no part of a shared socket', async (_, end) => {
    const { server, watch } = await watched();
    const one = watch({ projectId: 'p' });
    const first = await server.subscribed();
    const ending = new AbortController();
    const other: DeliveryWatch = watch(
      { projectId: 'q' },
      { after: 'kept', signal: ending.signal, onConnection: (connected) => connected && end(other, ending) },
    );
    await other.next().catch(() => {});
    await one.return();
    await first.closed;
    expect(server.open).toBe(0);
  });

  it('comes while the connection is still being made', async () => {
    const { server, watch } = await watched({ onInit: () => {} });
    const ending = new AbortController();
    const watching = watch({}, { signal: ending.signal });
    await watching.ready;
    await expect.poll(() => server.connections).toBe(1);
    ending.abort();
    expect((await watching.next()).done).toBe(true);
    await expect.poll(() => server.open).toBe(0);
  });

  it('comes before a connection is made, while the key is asked for', async () => {
    const server = await liveServer();
    closing.push(() => server.close());
    const asked: ((key: string) => void)[] = [];
    const apiKey = () => new Promise<string>((resolve) => asked.push(resolve));
    const watching = new Everhook({ url: server.url, apiKey }).deliveries.watch({}, { after: 'kept' });
    await expect.poll(() => asked.length).toBe(1);
    await watching.return();
    asked[0]?.('the-key');
    expect((await watching.next()).done).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.connections).toBe(0);
  });

  it.each([
    [4401, 'UnauthenticatedError'],
    [4403, 'ForbiddenError'],
    [4406, 'EverhookError'],
  ])('is a typed error when the connection is closed with %s, and no endless reconnecting', async (code, name) => {
    const { server, watch } = await watched({ onInit: (socket) => socket.close(code, 'No') });
    const url = `${server.url.replace('http', 'ws')}/graphql`;
    await expect(watch().next()).rejects.toMatchObject({ name, url });
    expect(server.connections).toBe(1);
  });

  it.each([302, 400, 404, 426])('is an error with the URL where no WebSocket comes but %s', async (status) => {
    const { server, watch } = await watched({ refusesUpgrade: () => status });
    const url = `${server.url.replace('http', 'ws')}/graphql`;
    await expect(watch().next()).rejects.toMatchObject({ name: 'NetworkError', status, url });
    expect(server.connections).toBe(1);
  });

  it.each([408, 429, 502])('tries again where the answer is %s, which may pass', async (status) => {
    const { server, watch } = await watched({ refusesUpgrade: (count) => (count === 1 ? status : null) });
    watch();
    await server.subscribed();
    expect(server.connections).toBe(2);
  });

  it('comes back where a proxy refused it for a moment, after it had been connected', async () => {
    const { server, watch } = await watched({ refusesUpgrade: (count) => (count === 2 ? 404 : null) });
    const watching = watch();
    (await server.subscribed()).socket.terminate();
    (await server.subscribed()).send(delivery('a', 1, 'c1'));
    expect(told(await read(watching, 1))).toEqual(['a.1']);
    expect(server.connections).toBe(3);
  });

  it.each([
    ['UNAUTHENTICATED', 'UnauthenticatedError'],
    ['FORBIDDEN', 'ForbiddenError'],
    ['NOT_FOUND', 'NotFoundError'],
    ['VALIDATION_FAILED', 'ValidationError'],
  ])('is a typed error when the subscription is refused with %s, after what came before', async (code, name) => {
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    subscription.send(delivery('a', 1, 'c1'));
    subscription.fail(code, 'after');
    await subscription.closed;
    expect(told(await read(watching, 1))).toEqual(['a.1']);
    const url = `${server.url.replace('http', 'ws')}/graphql`;
    await expect(watching.next()).rejects.toMatchObject({ name, field: 'after', url, requestId: 'r-1' });
    expect((await watching.next()).done).toBe(true);
    expect(server.connections).toBe(1);
  });

  it('is a typed error when a key is revoked while watching', async () => {
    const { server, watch } = await watched();
    const watching = watch();
    (await server.subscribed()).sendErrors('UNAUTHENTICATED');
    await expect(watching.next()).rejects.toMatchObject({ name: 'UnauthenticatedError' });
    expect(server.connections).toBe(1);
  });

  it('is the error of the key’s function where there was no connection yet', async () => {
    const server = await liveServer();
    closing.push(() => server.close());
    const apiKey = () => Promise.reject(new TypeError('fetch failed'));
    const watching = new Everhook({ url: server.url, apiKey }).deliveries.watch({}, { after: 'kept' });
    await expect(watching.next()).rejects.toThrow('fetch failed');
    expect(server.connections).toBe(0);
  });

  it('is the cursor’s error, of ready and of the iterator, when even that is refused', async () => {
    const { server, watch } = await watched();
    await server.close();
    const watching = watch();
    await expect(watching.ready).rejects.toMatchObject({ name: 'NetworkError' });
    await expect(watching.next()).rejects.toMatchObject({ name: 'NetworkError' });
    expect((await watching.next()).done).toBe(true);
  });
});

describe('a cursor that has expired', () => {
  const minuteMs = 60_000;
  afterEach(() => vi.useRealTimers());

  it('is told as what may be missed, and the watch goes on from now, as often as it happens', async () => {
    const { server, watch } = await watched();
    let missed = 0;
    const watching = watch({}, { onMissed: () => (missed += 1) });
    const first = await server.subscribed();
    first.send(delivery('a', 1, 'c1'));
    await read(watching, 1);
    for (const round of [1, 2]) {
      (await (round === 1 ? first : server.subscribed())).socket.terminate();
      const refused = await server.subscribed();
      refused.fail('VALIDATION_FAILED', 'after');
      const fresh = await server.subscribed();
      expect([missed, fresh.variables.after, watching.cursor]).toEqual([round, 'cursor-of-now', 'cursor-of-now']);
      fresh.send(delivery('a', 1 + round, `d${round}`));
      expect(told(await read(watching, 1))).toEqual([`a.${1 + round}`]);
      fresh.complete();
    }
  });

  it('is an error where it is the one that the caller gave', async () => {
    const { server, watch } = await watched();
    let missed = 0;
    const onMissed = () => (missed += 1);
    const refused = watch({}, { after: 'kept', onMissed });
    (await server.subscribed()).fail('VALIDATION_FAILED', 'after');
    await expect(refused.next()).rejects.toMatchObject({ name: 'ValidationError', field: 'after' });
    expect(missed).toBe(0);
  });

  it('is an error where the watch cannot say what it missed, and where a cursor of now is refused', async () => {
    const { server, watch } = await watched();
    const silent = watch();
    (await server.subscribed()).fail('VALIDATION_FAILED', 'after');
    await expect(silent.next()).rejects.toMatchObject({ field: 'after' });
    const refused = watch({}, { onMissed: () => {} });
    (await server.subscribed()).fail('VALIDATION_FAILED', 'after');
    (await server.subscribed()).fail('VALIDATION_FAILED', 'after');
    await expect(refused.next()).rejects.toMatchObject({ field: 'after' });
  });

  it('does not come while the connection is up, however quiet it is: the cursor moves on behind what has come', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { server, watch } = await watched();
    const watching = watch();
    const subscription = await server.subscribed();
    server.cursor = 'an-hour-later';
    vi.advanceTimersByTime(61 * minuteMs);
    await expect.poll(() => server.queries.length).toBe(2);
    expect(watching.cursor).toBe('cursor-of-now');
    await expect
      .poll(() => {
        vi.advanceTimersByTime(10 * minuteMs);
        return watching.cursor;
      })
      .toBe('an-hour-later');
    subscription.send(delivery('a', 1, 'c1'));
    await read(watching, 1);
    vi.advanceTimersByTime(minuteMs);
    expect(watching.cursor).toBe('c1');
    subscription.socket.terminate();
    // Nor where no connection is up for long.
    server.cursor = 'much-later';
    for (let connections = 0; connections < 6; connections++) {
      const { variables, socket } = await server.subscribed();
      expect(variables.after).toBe('c1');
      vi.advanceTimersByTime(10.5 * minuteMs);
      socket.terminate();
    }
    await expect.poll(() => server.queries.length).toBe(3);
    await server.subscribed();
    await expect
      .poll(() => {
        vi.advanceTimersByTime(10 * minuteMs);
        return watching.cursor;
      })
      .toBe('much-later');
    expect(vi.getTimerCount()).toBe(1);
  });
});

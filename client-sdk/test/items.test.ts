import { afterEach, describe, expect, it } from 'vitest';
import { Everhook, type Project } from '../src/index.ts';
import { delivery, liveServer } from './support/liveServer.ts';
import { type Answer, scriptedServer, sendJson } from './support/scriptedServer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that has so many projects, and a client of it. */
async function projects(count: number, answer?: Answer) {
  const server = await scriptedServer((request, response) => {
    if (answer) return answer(request, response);
    const { first, after } = request.variables;
    const from = after === undefined ? 0 : Number(after) + 1;
    const nodes = Array.from({ length: Math.min(first, count - from) }, (_, n) => ({ node: { id: String(from + n) } }));
    const last = from + nodes.length - 1;
    const pageInfo = {
      hasNextPage: last + 1 < count,
      hasPreviousPage: from > 0,
      startCursor: null,
      endCursor: `${last}`,
    };
    sendJson(response, 200, { data: { projects: { edges: nodes, pageInfo } } });
  });
  closing.push(() => server.close());
  const everhook = new Everhook({ url: server.url, apiKey: 'k', retries: 0 });
  return { server, everhook, asked: () => server.requests.map(({ variables }) => variables.first) };
}

const ids = (items: readonly Project[]) => items.map(({ id }) => Number(id));
const upTo = (count: number) => [...Array(count).keys()];

describe('a list', () => {
  it('is an array by toArray, page by page', async () => {
    const { everhook, asked } = await projects(250);
    expect(ids(await everhook.projects.list().toArray())).toEqual(upTo(250));
    expect(asked()).toEqual([100, 100, 100]);
    expect(await (await projects(0)).everhook.projects.list().toArray()).toEqual([]);
  });

  it('fails where it is longer than an array may become, instead of leaving some out', async () => {
    const { everhook } = await projects(120);
    const all = everhook.projects.list();
    expect(await all.toArray({ max: 120 })).toHaveLength(120);
    for (const max of [1, 100, 119]) {
      await expect(all.toArray({ max })).rejects.toMatchObject({ name: 'LimitExceededError', field: 'max' });
    }
    await expect((await projects(10_001)).everhook.projects.list().toArray()).rejects.toThrow('more than 10000 items');
    for (const max of [0, -1, 1.5, Number.NaN]) {
      expect(() => all.toArray({ max })).toThrowError(expect.objectContaining({ field: 'max' }));
    }
  });

  it('gives its first items by take, and asks for no more than those', async () => {
    const { everhook, asked } = await projects(250);
    const all = everhook.projects.list();
    expect(ids(await all.take(3).toArray())).toEqual(upTo(3));
    expect(ids(await all.take(130).toArray())).toEqual(upTo(130));
    expect(ids(await all.take(9).take(4).toArray())).toEqual(upTo(4));
    expect(asked()).toEqual([3, 100, 30, 4]);
    expect(await all.take(0).toArray()).toEqual([]);
    expect(ids(await all.take(1_000).toArray())).toEqual(upTo(250));
    await expect(all.take(5).toArray({ max: 4 })).rejects.toMatchObject({ field: 'max' });
    expect(() => all.take(-1)).toThrowError(expect.objectContaining({ name: 'ValidationError', field: 'count' }));
    const read: number[] = [];
    for await (const { id } of all.take(2)) read.push(Number(id));
    expect(read).toEqual([0, 1]);
  });

  it.each(['return', 'the signal'])(
    'ends the request for its next page by %s, while an item is waited for',
    async (by) => {
      let ended = false;
      const { server, everhook } = await projects(0, (_, response) => {
        response.once('close', () => {
          ended = true;
        });
      });
      const stop = new AbortController();
      const iterator = everhook.projects.list({ signal: stop.signal }).take(5)[Symbol.asyncIterator]();
      const reading = iterator.next();
      await expect.poll(() => server.requests.length).toBe(1);
      if (by === 'return') {
        expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
        expect(await reading).toEqual({ done: true, value: undefined });
      } else {
        stop.abort(new Error('enough'));
        await expect(reading).rejects.toThrow('enough');
      }
      await expect.poll(() => ended).toBe(true);
      expect((await iterator.next()).done).toBe(true);
    },
  );
});

describe('a watch', () => {
  async function watching() {
    const server = await liveServer();
    closing.push(() => server.close());
    const everhook = new Everhook({ url: server.url, apiKey: 'k', retries: 0 });
    return { server, everhook, watch: everhook.deliveries.watch() };
  }

  it('gives its first changes by take, and closes its connection with the last one', async () => {
    const { server, watch } = await watching();
    const first = watch.take(2).toArray();
    const subscription = await server.subscribed();
    subscription.send(delivery('a', 1, '1'), delivery('b', 1, '2'), delivery('c', 1, '3'));
    expect((await first).map(({ id }) => id)).toEqual(['a', 'b']);
    await subscription.closed;
    expect((await watch.next()).done).toBe(true);
  });

  it('ends at once by the return of what take made, though nothing comes', async () => {
    const { server, watch } = await watching();
    const iterator = watch.take(2)[Symbol.asyncIterator]();
    const reading = iterator.next();
    const subscription = await server.subscribed();
    expect(await iterator.return?.()).toMatchObject({ done: true });
    expect(await reading).toMatchObject({ done: true });
    await subscription.closed;
  });

  it('fails by toArray with more than its maximum, and closes its connection', async () => {
    const { server, watch } = await watching();
    const all = watch.toArray({ max: 1 });
    const subscription = await server.subscribed();
    subscription.send(delivery('a', 1, '1'), delivery('b', 1, '2'));
    await expect(all).rejects.toMatchObject({ name: 'LimitExceededError' });
    await subscription.closed;
  });

  it('throws what onConnection throws, and closes its connection', async () => {
    const server = await liveServer();
    closing.push(() => server.close());
    const everhook = new Everhook({ url: server.url, apiKey: 'k', retries: 0 });
    const onConnection = () => {
      throw new Error('mine');
    };
    const watch = everhook.deliveries.watch({}, { onConnection });
    await expect(watch.next()).rejects.toThrow('mine');
    await expect.poll(() => server.open).toBe(0);
  });
});

describe('a closed client', () => {
  it('has ended its watches, waited for its calls, and refuses others', async () => {
    const live = await liveServer();
    closing.push(() => live.close());
    const everhook = new Everhook({ url: live.url, apiKey: 'k', retries: 0 });
    const connected = everhook.deliveries.watch();
    const subscription = await live.subscribed();
    const reading = connected.next();
    const beginning = everhook.deliveries.watch();
    await everhook.close();
    expect((await reading).done).toBe(true);
    expect((await beginning.next()).done).toBe(true);
    await subscription.closed;
    await expect.poll(() => live.open).toBe(0);
    await expect(everhook.deliveries.watch().next()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(everhook.viewer()).rejects.toMatchObject({ name: 'EverhookError', code: 'CLOSED' });
    await expect(everhook.events.publish({ type: 'a.b', data: 1 })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('has published what was handed over before', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { everhook, server } = await projects(0, async ({ variables }, response) => {
      await held;
      const events = variables.input.events.map(({ type }: { type: string }) => ({ id: '1', type, occurredAt: '' }));
      sendJson(response, 200, { data: { publishEvents: { events } } });
    });
    const publishing = everhook.events.publishMany(Array.from({ length: 150 }, () => ({ type: 'a.b', data: 1 })));
    await expect.poll(() => server.requests.length).toBe(2);
    let closed = false;
    const closes = everhook.close().then(() => {
      closed = true;
    });
    expect(closed).toBe(false);
    release();
    await closes;
    expect(await publishing).toHaveLength(150);
  });
});

import { afterEach, expect, it } from 'vitest';
import { TypedDocumentString } from '../../src/generated/operations.ts';
import { Transport } from '../../src/http/transport.ts';
import { LiveSockets } from '../../src/live/liveSocket.ts';
import { Watch, type Watched, type WatchSource } from '../../src/live/watch.ts';
import { platformWebSocket } from '../../src/live/webSocket.ts';
import { delivery, liveServer } from '../support/liveServer.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface State extends Watched {
  readonly status: string;
}

async function watched(source: Partial<WatchSource<State>> = {}) {
  const server = await liveServer();
  closing.push(() => server.close());
  const http = { url: server.url, authorization: async () => 'Bearer k', fetch, timeoutMs: 5_000 };
  const live = {
    url: `${server.url.replace('http', 'ws')}/graphql`,
    webSocket: platformWebSocket,
    keepAliveMs: 10_000,
    sockets: new LiveSockets(),
  };
  const watch = new Watch<State>(
    new Transport(http as never, 0),
    live,
    {
      subscription: new TypedDocumentString('subscription Any($id: ID!) { any(id: $id) { id status } }'),
      variables: { id: 'x' },
      cursorOfNow: async () => undefined,
      ...source,
    },
    {},
  );
  closing.push(() => watch.return());
  return { server, watch };
}

it('a watch of what has an end is over with its last state, which is read before', async () => {
  const { server, watch } = await watched({ isLast: ({ status }) => status === 'DELIVERED' });
  const subscription = await server.subscribed();
  expect(subscription.variables).toEqual({ id: 'x' });
  subscription.send(delivery('x', 1, 'c'), delivery('x', 2, 'c'), { ...delivery('y', 1, 'c'), status: 'DELIVERED' });
  await subscription.closed;
  const states: string[] = [];
  for await (const { id, version } of watch) states.push(`${id}.${version}`);
  expect(states).toEqual(['x.2', 'y.1']);
  expect(server.connections).toBe(1);
});

it('a watch of what has an end closes its connection, though the server ends the subscription in the same breath', async () => {
  const { server, watch } = await watched({ isLast: () => true });
  const subscription = await server.subscribed();
  subscription.atOnce(() => {
    subscription.send(delivery('x', 1, 'c'));
    subscription.complete();
  });
  expect((await watch.next()).done).toBe(false);
  await subscription.closed;
  expect((await watch.next()).done).toBe(true);
});

it('a watch of what has an end gives the last state to who waits for it', async () => {
  const { server, watch } = await watched({ isLast: () => true });
  const waiting = [watch.next(), watch.next()];
  (await server.subscribed()).send(delivery('x', 1, 'c'));
  expect((await Promise.all(waiting)).map(({ done, value }) => [done, value?.id])).toEqual([
    [false, 'x'],
    [true, undefined],
  ]);
});

it('a watch of what happens once tells each once, also after it connected again', async () => {
  const { server, watch } = await watched();
  const once = (id: string) => ({ ...delivery(id, 1, `after ${id}`), version: undefined }) as never;
  const first = await server.subscribed();
  first.send(once('a'), once('b'));
  first.complete();
  const second = await server.subscribed();
  expect(second.variables).toEqual({ id: 'x', after: 'after b' });
  second.send(once('b'), once('c'));
  const ids = [];
  while (ids.length < 3) ids.push((await watch.next()).value?.id);
  expect(ids).toEqual(['a', 'b', 'c']);
});

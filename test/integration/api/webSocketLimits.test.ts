import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operatorKey, TestApi } from '../../support/api.ts';
import { GraphQLSocket } from '../../support/graphqlSocket.ts';

describe('a WebSocket that asks for too much', () => {
  let api: TestApi;
  const opened: GraphQLSocket[] = [];
  const connections = () => promisify(api.http.server.getConnections.bind(api.http.server))();

  beforeAll(async () => {
    api = await TestApi.start({ limits: { bodyBytes: 1024 * 1024, ratePerSecond: 20 } });
  });
  afterEach(async () => {
    for (const { socket } of opened) socket.terminate();
    await Promise.all(opened.splice(0).map(({ closed }) => closed));
    // Their places are free once this end has noticed.
    await expect.poll(connections).toBe(0);
  });
  afterAll(() => api.close());

  const knock = (): GraphQLSocket => {
    const socket = new GraphQLSocket(api.url);
    opened.push(socket);
    return socket;
  };

  /** An operation of so many bytes whose variables are not written as JavaScript writes them. */
  const long = (id: string, bytes: number) =>
    `{"id":"${id}","type":"subscribe","payload":{"query":"{ viewer { kind } }","variables":{"x": [${'{},'.repeat(bytes / 3)}0]}}}`;

  it('gets nothing of a ping back', async () => {
    const socket = await knock().open();
    socket.send({ type: 'ping', payload: { x: 'a'.repeat(1_000) } });
    expect(await socket.nextText()).toBe('{"type":"pong"}');
  });

  it('is closed for a long message before it has a key, which may be long after', async () => {
    const stranger = await knock().open();
    stranger.send(long('1', 20_000));
    expect(await stranger.closed).toBe(1009);
    const known = await knock().open(operatorKey);
    known.send(long('1', 20_000));
    expect((await known.next()).payload.data).toEqual({ viewer: { kind: 'OPERATOR' } });
  });

  it('is closed before it has a key for many messages, and for messages that are long together', async () => {
    const many = await knock().open();
    for (let sent = 0; sent < 20; sent++) many.send({ type: 'ping' });
    expect(await many.closed).toBe(1008);
    const several = await knock().open();
    for (let sent = 0; sent < 3; sent++) several.send({ type: 'ping', payload: { x: 'a'.repeat(8_000) } });
    expect(await several.closed).toBe(1009);
  });

  it('is closed for a message in a thousand pieces, each of which takes far more than it says', async () => {
    const known = await knock().open(operatorKey);
    for (let piece = 0; piece < 1_100; piece++) known.socket.send('x', { fin: false });
    expect(await known.closed).toBe(1008);
  });

  it('is closed, with a key, for long messages that are no operation, and for more of them in a second than operations', async () => {
    const wordy = await knock().open(operatorKey);
    wordy.send({ type: 'ping', payload: { x: 'a'.repeat(2_000) } });
    expect(await wordy.closed).toBe(1009);
    for (const message of [{ type: 'ping' }, { type: 'pong' }, { id: '1', type: 'complete' }]) {
      const busy = await knock().open(operatorKey);
      for (let sent = 0; sent < 60; sent++) busy.send(message);
      expect([message.type, await busy.closed]).toEqual([message.type, 1013]);
    }
  });

  it('is answered in the order of its messages, of which long ones wait for their turn', async () => {
    const socket = await knock().open(operatorKey);
    for (const [id, bytes] of [
      ['1', 30_000],
      ['2', 3],
      ['3', 3_000],
      ['4', 3],
    ] as const)
      socket.send(long(id, bytes));
    // The end of one may come after the answer of the next.
    const ids = { next: [] as unknown[], complete: [] as unknown[] };
    while (ids.complete.length < 4) {
      const { id, type } = await socket.next();
      if (type === 'complete') expect(ids.next).toContain(id);
      ids[type as keyof typeof ids].push(id);
    }
    expect(ids.next).toEqual(['1', '2', '3', '4']);
  });

  it('is closed before such a message is whole: what never ends is not held', async () => {
    const stranger = await knock().open();
    // A frame of a megabyte, of which 20 KB come.
    const raw = (stranger.socket as unknown as { _socket: Socket })._socket;
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    raw.write(Buffer.concat([head, Buffer.alloc(20_000, 'a')]));
    expect(await stranger.closed).toBe(1009);
  });

  it('is cut off soon where it does not answer a close', async () => {
    const { hostname, port } = new URL(api.url);
    const peer = connect(Number(port), hostname);
    peer.write(
      'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    );
    expect(String((await once(peer, 'data'))[0])).toMatch(/^HTTP\/1.1 101 /);
    const message = '{"id":"1","type":"subscribe","payload":{"query":"{ x }"}}';
    peer.write(Buffer.concat([Buffer.of(0x81, 0x80 | message.length, 0, 0, 0, 0), Buffer.from(message)]));
    const began = performance.now();
    peer.resume();
    await once(peer, 'close');
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('is limited in what is refused as in what is served', async () => {
    const socket = await knock().open(operatorKey);
    for (let id = 0; id < 60; id++) {
      socket.send(`{"id":"${id}","type":"subscribe","payload":{"query":"{ x }","variables":{"x":9007199254740993}}}`);
    }
    const codes = new Set<string>();
    for (let answers = 0; answers < 60; answers++) codes.add((await socket.next()).payload[0].extensions.code);
    expect([...codes].sort()).toEqual(['RATE_LIMITED', 'VALIDATION_FAILED']);
  });

  it('finds no place beside too many of its address that have no key, and one once they have', async () => {
    const first = knock();
    const others = Array.from({ length: 255 }, knock);
    await Promise.all([first, ...others].map((socket) => socket.open()));
    const [error] = await once(knock().socket, 'error');
    expect(error.message).toContain('429');
    first.send({ type: 'connection_init', payload: { authorization: `Bearer ${operatorKey}` } });
    expect(await first.next()).toEqual({ type: 'connection_ack' });
    await knock().open(operatorKey);
  });

  it('finds no place beside too many of its principal', async () => {
    for (let batch = 0; batch < 5; batch++) {
      await Promise.all(Array.from({ length: 100 }, () => knock().open(operatorKey)));
    }
    const refused = knock();
    await refused.open();
    refused.send({ type: 'connection_init', payload: { authorization: `Bearer ${operatorKey}` } });
    expect(await refused.closed).toBe(1013);
  });
});

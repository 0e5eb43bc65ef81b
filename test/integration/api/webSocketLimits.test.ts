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

  it('gets nothing of a ping back', async () => {
    const socket = await knock().open();
    socket.send({ type: 'ping', payload: { x: 'a'.repeat(1_000) } });
    expect(await socket.nextText()).toBe('{"type":"pong"}');
  });

  it('is closed for a long message before it has a key, which may be long after', async () => {
    const long = { type: 'ping', payload: { x: 'a'.repeat(20_000) } };
    const stranger = await knock().open();
    stranger.send(long);
    expect(await stranger.closed).toBe(1009);
    const known = await knock().open(operatorKey);
    known.send(long);
    expect(await known.nextText()).toBe('{"type":"pong"}');
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

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { GraphQLSocket, type Message } from '../../support/graphqlSocket.ts';

describe('connections', { timeout: 60_000 }, () => {
  let api: TestApi;
  let busy: TestTenant;
  let other: TestTenant;
  const opened: GraphQLSocket[] = [];

  beforeAll(async () => {
    api = await TestApi.start({}, { capacity: { sockets: 12, subscriptions: 8, bodyBytes: 4_000_000 } });
    busy = await api.tenant();
    other = await api.tenant();
  });
  afterAll(async () => {
    for (const { socket } of opened) socket.terminate();
    await api.close();
  });

  /** A socket that has said who it is. */
  async function knock(key: string): Promise<GraphQLSocket> {
    const socket = await new GraphQLSocket(api.url).open();
    opened.push(socket);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } });
    return socket;
  }
  const subscribe = (socket: GraphQLSocket, id: string) =>
    socket.subscribe(id, 'subscription { deliveryUpdated { id } }');

  it('find a place beside those of an organization that takes all it can, each socket by another key', async () => {
    const sockets: GraphQLSocket[] = [];
    for (let index = 0; index < 9; index++) {
      const key = await api.key(busy.key, { organizationId: busy.organizationId, role: 'VIEWER' });
      const socket = await knock(key);
      expect(await socket.next()).toEqual({ type: 'connection_ack' });
      sockets.push(socket);
    }
    expect(await (await knock(busy.key)).closed).toBe(1013);
    expect(await (await knock(other.key)).next()).toEqual({ type: 'connection_ack' });

    // So do subscriptions over them.
    const [first] = sockets as [GraphQLSocket];
    for (let index = 0; index < 7; index++) subscribe(first, String(index));
    const refused = { payload: { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfter: 5 } }] } };
    expect(await first.next()).toMatchObject(refused);
    expect(await first.next()).toEqual({ id: '6', type: 'complete' });
    const theirs = opened.at(-1) as GraphQLSocket;
    subscribe(theirs, '1');
    // What it is asked next is answered next: the subscription was not refused.
    theirs.subscribe('2', '{ viewer { kind } }');
    expect(await theirs.next()).toMatchObject({ id: '2', type: 'next' });
    // A subscription that ends leaves its place.
    first.send({ id: '0', type: 'complete' });
    let attempt = 0;
    await expect
      .poll(async () => {
        attempt += 1;
        subscribe(first, `again ${attempt}`);
        first.subscribe(`after ${attempt}`, '{ viewer { kind } }');
        const messages: object[] = [];
        for (let last: Message | undefined; last?.id !== `after ${attempt}` || last.type !== 'complete'; ) {
          last = await first.next();
          messages.push(last);
        }
        return messages.length;
      })
      .toBe(2);
  });

  it('that hold bodies back are those of an organization that holds too many, and of no other', async () => {
    const { hostname, port } = new URL(api.url);
    const held = Array.from({ length: 6 }, () => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', () => {});
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${busy.key}\r\ncontent-type: application/json\r\ncontent-length: 800001\r\n\r\n{${'x'.repeat(799_990)}`,
      );
      return socket;
    });
    const answers = await Promise.race(held.map((socket) => once(socket, 'data')));
    expect(String(answers[0])).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5\r\n/i);
    expect((await api.data(other.key, '{ viewer { kind } }')).viewer.kind).toBe('API_KEY');
    for (const socket of held) socket.destroy();
    await expect
      .poll(async () => (await api.ask(busy.key, `{ viewer { kind } }${' '.repeat(900_000)}`)).status)
      .toBe(200);
  });

  it('that never finish the head of a request, or its body, end within 15 and 31 seconds', async () => {
    const { hostname, port } = new URL(api.url);
    const ends = async (text: string) => {
      const began = performance.now();
      const socket = connect({ host: hostname, port: Number(port) });
      socket.write(text);
      socket.resume();
      await once(socket, 'close');
      return performance.now() - began;
    };
    const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\n';
    const [ofHead, ofBody] = await Promise.all([
      ends(head),
      ends(`${head}authorization: Bearer ${other.key}\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`),
    ]);
    // A second more each for a machine that is busy.
    expect([Math.min(ofHead, 16_000), Math.min(ofBody, 32_000)]).toEqual([ofHead, ofBody]);
  });
});

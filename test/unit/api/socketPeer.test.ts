import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { answerLimits } from '../../../core/answers/limits.ts';
import { createPeer } from '../../../server/http/socketPeer.ts';

describe('a peer', () => {
  let server: WebSocketServer;

  beforeAll(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
  });
  afterAll(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });

  it('that does not read is not read from until it reads again', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    let received = 0;
    client.on('message', () => {
      received += 1;
    });
    client.pause();
    const chunk = 'x'.repeat(256 * 1024);
    const peer = createPeer(socket, answerLimits, () => () => {});
    const sends: Promise<void>[] = [];
    // This is far above what the operating system buffers for a connection.
    while (!socket.isPaused && sends.length < 400) {
      sends.push(peer.send(chunk));
      await new Promise(setImmediate);
    }
    expect(socket.isPaused).toBe(true);
    expect(socket.bufferedAmount).toBeLessThan(2 * 1024 * 1024);

    const hearing = once(socket, 'message');
    client.send('are you there?');
    client.resume();
    expect(String((await hearing)[0])).toBe('are you there?');
    await Promise.all(sends);
    expect(socket.isPaused).toBe(false);
    await expect.poll(() => received).toBe(sends.length);
  });

  it('that has gone gets nothing, and that is not an error', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    client.terminate();
    await once(socket, 'close');
    await createPeer(socket, answerLimits, () => () => {}).send('too late');
  });

  it('whose connection breaks during a send is not an error either, and its unread bytes no longer count', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    socket.on('error', () => {});
    let unread = 0;
    const peer = createPeer(socket, answerLimits, (bytes) => {
      unread += bytes;
      return () => {
        unread -= bytes;
      };
    });
    client.pause();
    const sends = Array.from({ length: 20 }, (_, index) => peer.send('x'.repeat(index % 2 === 0 ? 2_000_000 : 10)));
    expect(unread).toBeGreaterThan(10_000_000);
    client.terminate();
    await Promise.all(sends);
    expect(unread).toBe(0);
  });

  it('owes bytes, not characters, for short texts and long ones', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    const counted: number[] = [];
    const peer = createPeer(socket, answerLimits, (bytes) => {
      counted.push(bytes);
      return () => {};
    });
    client.pause();
    // Fills what the operating system buffers, so that the texts behind it are not taken.
    const sends = [peer.send('x'.repeat(20_000_000)), peer.send('港湾'), peer.send(['港'.repeat(100_000), '😀'])];
    expect(counted).toEqual([20_000_000, 6, 300_004]);
    client.terminate();
    await Promise.all(sends);
    // A short text that is sent at once, to a peer whose buffers are full.
    const slow = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[other]] = (await Promise.all([once(server, 'connection'), once(slow, 'open')])) as [[WebSocket], unknown];
    const direct: number[] = [];
    const toOther = createPeer(other, answerLimits, (bytes) => {
      direct.push(bytes);
      return () => {};
    });
    slow.pause();
    const short = '港'.repeat(20_000);
    const texts: Promise<void>[] = [];
    while (direct.length === 0 && texts.length < 2_000) {
      texts.push(toOther.send(short));
      await new Promise(setImmediate);
    }
    expect(direct[0]).toBe(60_000);
    slow.terminate();
    await Promise.all(texts);
  });
});

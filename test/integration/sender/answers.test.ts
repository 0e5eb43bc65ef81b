import { createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exchange, Sender } from '../../../core/sender/exchange.ts';
import { createSender } from '../../../core/sender/sender.ts';
import { httpReceiver, type RunningReceiver, tcpReceiver } from './receivers.ts';

// Answers as RFC 9110 and 9112 allow them and real servers give them, from receivers of raw bytes.

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const started = async (starting: Promise<RunningReceiver>): Promise<RunningReceiver> => {
  const receiver = await starting;
  open.push(receiver);
  return receiver;
};

function newSender(): Sender {
  const sender = createSender({ allowHttp: true, allowedPrivateRanges: ['127.0.0.0/8'], userAgent: 'Everhook/test' });
  open.unshift(sender);
  return sender;
}

const post = (sender: Sender, { port }: RunningReceiver, body = Buffer.from('{"n":1}')): Promise<Exchange> =>
  sender.send({ url: `http://127.0.0.1:${port}/`, headers: {}, body, timeoutMs: 10_000 });

/** Writes bytes in pieces, each in a turn of its own, so that each comes as a packet of its own. */
async function inPieces(socket: Socket, bytes: string, cuts: readonly number[] = []): Promise<void> {
  socket.setNoDelay(true);
  const places = [...new Set(cuts.map((cut) => cut % bytes.length))].filter((at) => at > 0).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    await new Promise<void>((resolve) => socket.write(bytes.slice(from, to), 'latin1', () => resolve()));
    await nextTurn();
    from = to;
  }
}

const answer = async (bytes: string, then: 'keep' | 'close' = 'keep'): Promise<Exchange> => {
  const receiver = await started(
    tcpReceiver((socket) => {
      if (then === 'close') socket.end(bytes, 'latin1');
      else socket.write(bytes, 'latin1');
    }),
  );
  return post(newSender(), receiver);
};

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('answers below 200', () => {
  it('are passed over: a receiver may say 100 though it was not asked', async () => {
    const receiver = await started(
      httpReceiver((_, response) => {
        response.writeContinue();
        response.end('ok');
      }),
    );
    expect(await post(newSender(), receiver)).toMatchObject({ responseCode: 200, responseBody: 'ok' });
  });

  it.each([
    ['a 100 that announces the end', 'HTTP/1.1 100 Continue\r\nconnection: close\r\n\r\n'],
    ['a 103 that announces the end', 'HTTP/1.1 103 Early Hints\r\nconnection: close\r\n\r\n'],
    ['a 100 of HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['several of them', 'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nconnection: close\r\n\r\n'],
  ])('are passed over: %s, after which no other request uses the connection', async (_, interims) => {
    const receiver = await started(
      tcpReceiver((socket) => {
        void inPieces(socket, interims + ok, [interims.length]);
      }),
    );
    const sender = newSender();
    for (let request = 0; request < 2; request++) {
      expect(await post(sender, receiver)).toMatchObject({
        outcome: 'RESPONDED',
        responseCode: 200,
        responseBody: 'ok',
        error: null,
      });
    }
    expect(receiver.sockets).toHaveLength(2);
  });

  it('end the exchange where they never end', async () => {
    const endless = 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(4_000);
    const receiver = await started(
      tcpReceiver((socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write(endless));
        };
        socket.on('drain', more);
        more();
      }),
    );
    expect(await post(newSender(), receiver)).toMatchObject({
      outcome: 'INVALID_RESPONSE',
      responseCode: null,
      error: expect.stringContaining('interim'),
    });
  });

  it.each([
    ['with an upgrade', 'upgrade: x\r\nconnection: upgrade\r\n'],
    ['without one', ''],
  ])('do not switch protocols, %s', async (_, headers) => {
    expect(await answer(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`)).toMatchObject({
      outcome: 'INVALID_RESPONSE',
      error: expect.stringContaining('101'),
    });
  });
});

describe('an answer', () => {
  it.each([
    ['204 with a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', 204, ''],
    ['204 in chunks', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n', 204, ''],
    ['304 with the length of what it stands for', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 512\r\n\r\n', 304, ''],
    ['chunk extensions', chunked('5;a=b;c="d"\r\nhello\r\n0\r\n\r\n'), 200, 'hello'],
    ['trailers', chunked('5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n'), 200, 'hello'],
    ['a reason in lower case', 'HTTP/1.1 200 ok\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['an empty reason', 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['no reason at all', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['a reason beyond ASCII', 'HTTP/1.1 200 d\xe9j\xe0 vu\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['a code of its own', 'HTTP/1.1 299 Own\r\ncontent-length: 2\r\n\r\nok', 299, 'ok'],
    ['spaces around a length', 'HTTP/1.1 200 OK\r\ncontent-length:  2 \r\n\r\nok', 200, 'ok'],
    ['an empty header', 'HTTP/1.1 200 OK\r\nx-empty:\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['a header over two lines', 'HTTP/1.1 200 OK\r\nx-long: a\r\n  b\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
    ['a header with control characters', 'HTTP/1.1 200 OK\r\nx: a\x01b\r\ncontent-length: 2\r\n\r\nok', 200, 'ok'],
  ])('may have %s', async (_, bytes, code, body) => {
    expect(await answer(bytes)).toMatchObject({ outcome: 'RESPONDED', responseCode: code, responseBody: body });
  });

  it('has its headers as they mean: what goes on over lines is one value, and control characters are spaces', async () => {
    const lines = 'x-long: a\r\n\tb\r\n c\r\nx-control: a\x00b\x7f\r\ncontent-length: 2\r\n';
    expect((await answer(`HTTP/1.1 200 OK\r\n${lines}\r\nok`)).responseHeaders).toEqual([
      ['x-long', 'a\tb c'],
      ['x-control', 'a b '],
      ['content-length', '2'],
    ]);
  });

  it('of HTTP/1.0 ends with its connection, where it has no length', async () => {
    expect(await answer('HTTP/1.0 200 OK\r\n\r\nall of it', 'close')).toMatchObject({
      outcome: 'RESPONDED',
      responseCode: 200,
      responseBody: 'all of it',
    });
  });

  it.each([
    ['a code of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a code below 100', 'HTTP/1.1 099 No\r\ncontent-length: 0\r\n\r\n'],
  ])('with %s is invalid', async (_, bytes) => {
    expect((await answer(bytes)).outcome).toBe('INVALID_RESPONSE');
  });

  it.each([
    ['two lengths', 'content-length: 2\r\ncontent-length: 2\r\n', 'Duplicate Content-Length'],
    ['a list of lengths', 'content-length: 2, 2\r\n', 'Invalid character in Content-Length'],
    ['a length and a broken header', 'content-length: 2\r\nx y: 1\r\n', 'Invalid header token'],
  ])('with %s is invalid for just that, and not for the length of its body', async (_, headers, reason) => {
    expect(await answer(`HTTP/1.1 200 OK\r\n${headers}\r\nok`)).toMatchObject({
      outcome: 'INVALID_RESPONSE',
      responseCode: null,
      error: `Response does not match the HTTP/1.1 protocol (${reason}).`,
    });
  });

  it('that comes before the body was read is taken, and no other request follows on its connection', async () => {
    let connections = 0;
    const server = createHttpServer({ keepAlive: true }, (_, response) => {
      // It reads nothing of the body, and keeps the connection.
      response.writeHead(413, { 'content-length': '9' }).end('too large');
    });
    server.on('connection', (socket) => {
      connections++;
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(() => resolve()));
      },
    });
    const receiver = { port: (server.address() as { port: number }).port } as RunningReceiver;
    const sender = newSender();
    const large = Buffer.alloc(16 * 1024 * 1024, 'x');
    for (let n = 1; n <= 3; n++) {
      expect(await post(sender, receiver, large)).toMatchObject({ responseCode: 413, responseBody: 'too large' });
    }
    expect(connections).toBe(3);
  });

  it('that comes before the body was read is taken, though the connection is closed with it', async () => {
    const receiver = await started(
      tcpReceiver(
        () => {},
        '127.0.0.1',
        (socket) =>
          socket.once('data', () => {
            socket.pause();
            socket.end('HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 9\r\n\r\ntoo large');
          }),
      ),
    );
    const large = Buffer.alloc(16 * 1024 * 1024, 'x');
    expect(await post(newSender(), receiver, large)).toMatchObject({ responseCode: 413, responseBody: 'too large' });
  });
});

describe('whatever the packets', () => {
  const token = fc.stringMatching(/^[a-z]{1,12}$/);
  const header = fc
    .tuple(token, fc.stringMatching(/^[a-z0-9]{0,20}$/))
    .map(([name, value]) => `x-${name}: ${value}\r\n`);
  const headers = fc.array(header, { maxLength: 4 }).map((lines) => lines.join(''));
  const interim = fc
    .tuple(fc.constantFrom(100, 100, 102, 103, 110, 199), headers)
    .map(([code, lines]) => `HTTP/1.1 ${code} Interim\r\n${lines}\r\n`);
  const body = fc.string({ unit: 'grapheme-ascii', maxLength: 200 });
  const chunks = (text: string, size: number) => {
    let framed = '';
    for (let at = 0; at < text.length; at += size) {
      const part = text.slice(at, at + size);
      framed += `${part.length.toString(16)}\r\n${part}\r\n`;
    }
    return `${framed}0\r\n\r\n`;
  };
  /** The bytes of an answer, and what they say. */
  const final = fc.oneof(
    fc.tuple(fc.constantFrom(200, 201, 400, 429, 500, 299), headers, body).map(([code, lines, text]) => ({
      bytes: `HTTP/1.1 ${code} Final\r\n${lines}content-length: ${text.length}\r\n\r\n${text}`,
      code,
      text,
    })),
    fc.tuple(headers, body, fc.integer({ min: 1, max: 50 })).map(([lines, text, size]) => ({
      bytes: `HTTP/1.1 200 OK\r\n${lines}transfer-encoding: chunked\r\n\r\n${chunks(text, size)}`,
      code: 200,
      text,
    })),
    fc
      .tuple(fc.constantFrom(204, 304), headers, fc.constantFrom('', 'content-length: 0\r\n'))
      .map(([code, lines, framing]) => ({ bytes: `HTTP/1.1 ${code} None\r\n${framing}${lines}\r\n`, code, text: '' })),
  );

  it('each answer is read to its end and not beyond, over one connection', async () => {
    let bytes: string[] = [];
    let cuts: readonly number[] = [];
    const receiver = await started(
      tcpReceiver((socket) => {
        void inPieces(socket, bytes.shift() as string, cuts);
      }),
    );
    const sender = newSender();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(interim, { maxLength: 5 }), final), { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(2_000), { maxLength: 12 }),
        async (answers, places) => {
          bytes = answers.map(([interims, { bytes: last }]) => interims.join('') + last);
          cuts = places;
          for (const [, { code, text }] of answers) {
            expect(await post(sender, receiver)).toMatchObject({
              outcome: 'RESPONDED',
              responseCode: code,
              responseBody: text,
              error: null,
            });
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(receiver.sockets).toHaveLength(1);
  });

  it('cut at every byte, a hundred interim answers are one answer', async () => {
    const bytes = `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)}HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n`;
    const receiver = await started(
      tcpReceiver((socket) => {
        void inPieces(
          socket,
          bytes,
          Array.from({ length: bytes.length }, (_, at) => at),
        );
      }),
    );
    expect(await post(newSender(), receiver)).toMatchObject({ outcome: 'RESPONDED', responseCode: 204 });
  });

  it.each([
    ['204 with a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', 2],
    ['204 in chunks', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n', 2],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', 2],
    ['204 with the length 0', 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', 1],
    ['204 without one', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
  ])('a body that comes late for %s is in the way of no other answer', async (_, head, connections) => {
    let first: Socket | null = null;
    const receiver = await started(
      tcpReceiver((socket) => {
        if (first === null) socket.write(head);
        // The body that the first answer spoke of, where the next request comes over its connection.
        else socket.write(socket === first && connections > 1 ? `ok${ok}` : ok);
        first ??= socket;
      }),
    );
    const sender = newSender();
    expect((await post(sender, receiver)).outcome).toBe('RESPONDED');
    expect(await post(sender, receiver)).toMatchObject({ outcome: 'RESPONDED', responseCode: 200, responseBody: 'ok' });
    expect(receiver.sockets).toHaveLength(connections);
  });

  it('what follows an answer is never taken for the next one', async () => {
    let requests = 0;
    const receiver = await started(
      tcpReceiver((socket) => {
        requests++;
        socket.write(requests === 1 ? `HTTP/1.1 204 No Content\r\ncontent-length: 40\r\n\r\n${ok}` : ok);
      }),
    );
    const sender = newSender();
    expect((await post(sender, receiver)).responseCode).toBe(204);
    expect(await post(sender, receiver)).toMatchObject({ responseCode: 200, responseBody: 'ok' });
    expect(receiver.sockets).toHaveLength(2);
  });
});

function chunked(body: string): string {
  return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`;
}

import { createServer } from 'node:net';
import { EnvHttpProxyAgent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Exchange, OutgoingRequest, Sender } from '../../../core/sender/exchange.ts';
import { createSender, type SenderOptions } from '../../../core/sender/sender.ts';
import { slowness } from '../../support/slowness.ts';
import { authority, deferred, httpReceiver, type RunningReceiver, tcpReceiver, tlsReceiver } from './receivers.ts';

const senders: Sender[] = [];
const receivers: RunningReceiver[] = [];

afterEach(async () => {
  // The receivers first: what waits for them must end, or closing the sender would wait for its deadline.
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
});

const receiver = async <T extends RunningReceiver>(starting: Promise<T>): Promise<T> => {
  const started = await starting;
  receivers.push(started);
  return started;
};

const senderWith = (options: Partial<SenderOptions> = {}): Sender => {
  const sender = createSender({
    allowHttp: true,
    allowedPrivateRanges: ['127.0.0.0/8'],
    userAgent: 'Everhook/test',
    ...options,
  });
  senders.push(sender);
  return sender;
};

const request = (url: string, part: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
  url,
  headers: { 'content-type': 'application/json', 'X-Signature': 'abc' },
  body: Buffer.from('{"n":1}'),
  timeoutMs: 5000,
  ...part,
});

const send = (port: number, part: Partial<OutgoingRequest> = {}) =>
  senderWith().send(request(`http://127.0.0.1:${port}/hook?x=1`, part));

const always =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** What became of an exchange whose answer is these raw bytes, after which the connection stays open or is closed. */
const answered = async (
  bytes: string,
  then: 'open' | 'close' | 'reset' = 'open',
  timeoutMs = 5000,
): Promise<Exchange> => {
  const { port } = await receiver(
    tcpReceiver((socket) => {
      if (then === 'reset') socket.write(bytes, () => socket.resetAndDestroy());
      else if (then === 'close') socket.end(bytes, 'latin1');
      else socket.write(bytes, 'latin1');
    }),
  );
  return send(port, { timeoutMs });
};

describe('a request', () => {
  it('arrives as HTTP/1.1 with its bytes, its headers and those of the service', async () => {
    let raw = '';
    const { port } = await receiver(
      tcpReceiver((socket, text) => {
        raw = text;
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      }),
    );
    const exchange = await send(port, { body: Buffer.from('{"é":1}') });
    expect(exchange).toMatchObject({ outcome: 'RESPONDED', responseCode: 204, responseBody: '', error: null });
    expect(raw.split('\r\n')).toEqual([
      'POST /hook?x=1 HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'connection: keep-alive',
      'user-agent: Everhook/test',
      'content-type: application/json',
      'X-Signature: abc',
      'content-length: 8',
      '',
      Buffer.from('{"é":1}').toString('latin1'),
    ]);
  });

  it('follows no redirect', async () => {
    const elsewhere = await receiver(httpReceiver((_, response) => response.end('followed')));
    const { port } = await receiver(
      httpReceiver((_, response) => response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/` }).end()),
    );
    expect(await send(port)).toMatchObject({ outcome: 'RESPONDED', responseCode: 307 });
    expect(elsewhere.sockets).toHaveLength(0);
  });

  it('takes no proxy, neither from the environment nor from the global dispatcher', async () => {
    const proxy = await receiver(httpReceiver((_, response) => response.end('by proxy')));
    const { port } = await receiver(httpReceiver((_, response) => response.end('direct')));
    const before = getGlobalDispatcher();
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']) {
      vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
    }
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    setGlobalDispatcher(new EnvHttpProxyAgent());
    try {
      expect((await send(port)).responseBody).toBe('direct');
      expect(proxy.sockets).toHaveLength(0);
    } finally {
      setGlobalDispatcher(before);
      vi.unstubAllEnvs();
    }
  });

  it('that is http is not sent where the profile allows https alone and the operator did not lift it', async () => {
    const { port, sockets } = await receiver(httpReceiver((_, response) => response.end()));
    const sender = senderWith({ allowHttp: false });
    const url = `http://127.0.0.1:${port}/`;
    expect(await sender.send(request(url, { schemes: ['https'] }))).toMatchObject({
      outcome: 'BLOCKED_ADDRESS',
      responseCode: null,
    });
    expect(sockets).toHaveLength(0);
    expect(await sender.send(request(url, { schemes: ['https', 'http'] }))).toMatchObject({ outcome: 'RESPONDED' });
  });

  it('is refused by a closed sender', async () => {
    const sender = senderWith();
    await sender.close();
    expect(await sender.send(request('http://127.0.0.1:9/'))).toMatchObject({
      outcome: 'CONNECT_ERROR',
      error: /shutting down/,
    });
  });
});

describe('a response', () => {
  it('is kept with its code, headers and body, and with the time it took', async () => {
    const { port } = await receiver(
      httpReceiver((_, response) => response.writeHead(503, { 'Retry-After': '7', 'X-Two': ['a', 'b'] }).end('später')),
    );
    const before = Date.now();
    const exchange = await send(port);
    expect(exchange).toMatchObject({
      responseCode: 503,
      responseBody: 'später',
      responseTruncated: false,
      retryAfterMs: 7000,
    });
    expect(exchange.responseHeaders?.filter(([name]) => name === 'X-Two')).toEqual([
      ['X-Two', 'a'],
      ['X-Two', 'b'],
    ]);
    expect(exchange.startedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(Number.isInteger(exchange.durationMs)).toBe(true);
  });

  it('of exactly 64 KiB is whole', async () => {
    const { port } = await receiver(httpReceiver((_, response) => response.end('x'.repeat(65_536))));
    const exchange = await send(port);
    expect(exchange).toMatchObject({ outcome: 'RESPONDED', responseTruncated: false });
    expect(exchange.responseBody).toHaveLength(65_536);
  });

  it('beyond 64 KiB is cut at a whole character and marked, and its connection closed', async () => {
    const closed = deferred<void>();
    const { port } = await receiver(
      httpReceiver((_, response) => {
        response.on('close', closed.resolve);
        // Endless, unless the sender hangs up: 3-byte characters, so that the cut falls into one.
        const more = () => {
          while (!response.destroyed && response.write('€'.repeat(4096)));
        };
        response.on('drain', more);
        more();
      }),
    );
    const exchange = await send(port);
    await closed.promise;
    expect(exchange).toMatchObject({ outcome: 'RESPONDED', responseCode: 200, responseTruncated: true, error: null });
    expect(exchange.responseBody).toBe('€'.repeat(21_845));
  });

  it('has what is not UTF-8, and NUL, replaced', async () => {
    expect((await answered('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na\xff\0b')).responseBody).toBe(
      'a\ufffd\ufffdb',
    );
  });

  it('may be announced by others below 200', async () => {
    const exchange = await answered(
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
    );
    expect(exchange).toMatchObject({
      outcome: 'RESPONDED',
      responseCode: 200,
      responseBody: 'ok',
      responseHeaders: [['content-length', '2']],
    });
  });

  it('without a length ends with its connection', async () => {
    expect(await answered('HTTP/1.1 200 OK\r\n\r\nall', 'close')).toMatchObject({
      outcome: 'RESPONDED',
      responseBody: 'all',
    });
  });

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}`],
    ['one huge header', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
  ])('that is %s is invalid', async (_, bytes) => {
    expect(await answered(bytes)).toMatchObject({
      outcome: 'INVALID_RESPONSE',
      error: expect.stringMatching(/response/i),
    });
  });

  it('that ends too early is invalid, and what came is kept', async () => {
    expect(await answered('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'close')).toMatchObject({
      outcome: 'INVALID_RESPONSE',
      responseCode: 200,
      responseBody: 'half',
    });
  });

  it.each(['close', 'reset'] as const)('that never comes because of a %s is a connection error', async (how) => {
    expect(await answered('', how)).toMatchObject({
      outcome: 'CONNECT_ERROR',
      responseCode: null,
      responseHeaders: null,
      responseBody: null,
    });
  });
});

describe('the timeout covers', () => {
  const timesOut = async (exchange: Promise<Exchange>, timeoutMs: number, start = performance.now()) => {
    const result = await exchange;
    const took = performance.now() - start;
    expect(result).toMatchObject({ outcome: 'TIMEOUT', error: `No complete response within ${timeoutMs / 1000} s.` });
    expect(result.durationMs).toBeGreaterThanOrEqual(timeoutMs);
    expect(took).toBeLessThan(timeoutMs + 500 * (await slowness()));
    return result;
  };

  it('a name that does not resolve in time', async () => {
    const sender = senderWith({ lookup: () => new Promise(() => {}) });
    await timesOut(sender.send(request('http://slow.example/', { timeoutMs: 150 })), 150);
  });

  it('a TLS handshake that the other side does not take part in', async () => {
    const { port } = await receiver(tcpReceiver(() => {}));
    await timesOut(senderWith().send(request(`https://127.0.0.1:${port}/`, { timeoutMs: 150 })), 150);
  });

  it('a response that never begins', async () => {
    await timesOut(answered('', 'open', 150), 150);
  });

  it('headers that drip', async () => {
    const { port } = await receiver(
      tcpReceiver((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x: y\r\n'), 20);
        socket.on('close', () => clearInterval(drip));
      }),
    );
    await timesOut(send(port, { timeoutMs: 200 }), 200);
  });

  it('a body that drips, and keeps the part that came', async () => {
    const { port } = await receiver(
      httpReceiver((_, response) => {
        const drip = setInterval(() => response.write('.'), 20);
        response.on('close', () => clearInterval(drip));
      }),
    );
    const exchange = await timesOut(send(port, { timeoutMs: 300 }), 300);
    expect(exchange.responseCode).toBe(200);
    expect(exchange.responseBody).toMatch(/^\.+$/);
  });

  it('a wait for one of the origin’s connections, and leaves the connections to the others', async () => {
    const { port } = await receiver(tcpReceiver(() => {}));
    const sender = senderWith({ connectionsPerOrigin: 1 });
    const url = `http://127.0.0.1:${port}/`;
    const start = performance.now();
    const first = sender.send(request(url, { timeoutMs: 400 }));
    await timesOut(sender.send(request(url, { timeoutMs: 150 })), 150);
    await timesOut(first, 400, start);
  });
});

describe('a timed-out exchange', () => {
  it('closes its own connection alone and does not hold up those behind it', async () => {
    const silent = new Set<string>();
    const { port, sockets } = await receiver(
      tcpReceiver((socket, text) => {
        if (text.includes('/silent')) silent.add(`${socket.remotePort}`);
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      }),
    );
    const sender = senderWith({ connectionsPerOrigin: 2 });
    const to = (path: string, timeoutMs: number) =>
      sender.send(request(`http://127.0.0.1:${port}${path}`, { timeoutMs }));
    const stuck = to('/silent', 200);
    const others = await Promise.all(Array.from({ length: 20 }, () => to('/fine', 5000)));
    expect(others.every(({ outcome }) => outcome === 'RESPONDED')).toBe(true);
    expect((await stuck).outcome).toBe('TIMEOUT');
    expect((await to('/fine', 5000)).outcome).toBe('RESPONDED');
    expect(sockets).toHaveLength(2);
  });
});

describe('a connection', () => {
  it('is kept and used again, but not after the receiver said that it closes', async () => {
    const { port, sockets } = await receiver(
      httpReceiver((incoming, response) => {
        if (incoming.url === '/last') response.setHeader('connection', 'close');
        response.end();
      }),
    );
    const sender = senderWith();
    const to = (path: string) => sender.send(request(`http://127.0.0.1:${port}${path}`));
    for (const path of ['/1', '/2', '/last', '/4']) expect((await to(path)).outcome).toBe('RESPONDED');
    expect(sockets).toHaveLength(2);
  });

  it('that the receiver closed or reset while it was idle costs no attempt', async () => {
    const { port, sockets } = await receiver(httpReceiver((_, response) => response.end('ok')));
    const sender = senderWith();
    const to = () => sender.send(request(`http://127.0.0.1:${port}/`));
    for (const end of ['destroy', 'resetAndDestroy', 'destroy', 'resetAndDestroy'] as const) {
      expect((await to()).outcome).toBe('RESPONDED');
      // In the same turn, so that the request finds the connection neither open nor yet known to be closed.
      sockets.at(-1)?.[end]();
      expect((await to()).outcome).toBe('RESPONDED');
    }
  });

  it('that was closed after the request left is a failed attempt, sent once', async () => {
    let requests = 0;
    const { port } = await receiver(
      tcpReceiver((socket) => {
        requests++;
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        else socket.destroy();
      }),
    );
    const sender = senderWith();
    const to = () => sender.send(request(`http://127.0.0.1:${port}/`));
    expect([(await to()).outcome, (await to()).outcome, requests]).toEqual(['RESPONDED', 'CONNECT_ERROR', 2]);
  });

  it('is limited in number per origin; what waits is sent in order', async () => {
    const paths: string[] = [];
    const { port, sockets } = await receiver(
      httpReceiver((incoming, response) => {
        paths.push(incoming.url as string);
        response.end();
      }),
    );
    const sender = senderWith({ connectionsPerOrigin: 1 });
    const wanted = Array.from({ length: 50 }, (_, n) => `/${n}`);
    await Promise.all(wanted.map((path) => sender.send(request(`http://127.0.0.1:${port}${path}`))));
    expect(paths).toEqual(wanted);
    expect(sockets).toHaveLength(1);
  });

  it('that is refused is a connection error that names the host alone', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const sender = senderWith({ lookup: always('127.0.0.1') });
    const exchange = await sender.send(request(`http://receiver.test:${port}/secret-path?token=1`));
    expect(exchange).toMatchObject({
      outcome: 'CONNECT_ERROR',
      error: 'No connection to receiver.test (ECONNREFUSED).',
    });
  });

  it('falls back to the next address of the name', async () => {
    const { port } = await receiver(httpReceiver((_, response) => response.end('second'), '127.0.0.2'));
    const sender = senderWith({ lookup: always('127.0.0.3', '127.0.0.2') });
    expect((await sender.send(request(`http://receiver.test:${port}/`))).responseBody).toBe('second');
  });
});

describe('an address', () => {
  it.each([
    ['private', ['10.0.0.1']],
    ['the cloud’s metadata service', ['169.254.169.254']],
    ['private among public ones', ['93.184.215.14', '10.0.0.1']],
    ['public among private ones', ['10.0.0.1', '93.184.215.14']],
    ['IPv4-mapped', ['::ffff:127.0.0.1']],
    ['NAT64', ['64:ff9b::7f00:1']],
    ['bound to an interface', ['fe80::1%lo']],
    ['no address', ['receiver.test']],
  ])('that is %s is blocked before anything is dialled, and not named', async (_, addresses) => {
    const sender = senderWith({ lookup: always(...addresses) });
    const exchange = await sender.send(request('http://receiver.test/'));
    expect(exchange).toMatchObject({
      outcome: 'BLOCKED_ADDRESS',
      error: 'receiver.test resolves to an address that is not on the public internet.',
      responseCode: null,
    });
  });

  it.each(['10.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x0a.1', '169.254.169.254'])(
    '%s in the URL is blocked',
    async (host) => {
      const lookup = vi.fn(always('127.0.0.1'));
      expect((await senderWith({ lookup }).send(request(`http://${host}/`))).outcome).toBe('BLOCKED_ADDRESS');
      expect(lookup).not.toHaveBeenCalled();
    },
  );

  it('is vetted without any range opened: loopback itself is blocked', async () => {
    const { port, sockets } = await receiver(httpReceiver((_, response) => response.end()));
    const sender = senderWith({ allowedPrivateRanges: [] });
    for (const host of ['127.0.0.1', 'localhost', '127.1', '0']) {
      expect((await sender.send(request(`http://${host}:${port}/`))).outcome, host).toBe('BLOCKED_ADDRESS');
    }
    expect(sockets).toHaveLength(0);
  });

  it('is vetted again for every new connection, so that a name that rebinds is caught', async () => {
    const { port } = await receiver(
      httpReceiver((_, response) => response.setHeader('connection', 'close').end('public')),
    );
    let asked = 0;
    const lookup = async () => always(asked++ === 0 ? '127.0.0.1' : '10.0.0.1')();
    const sender = senderWith({ lookup });
    const to = () => sender.send(request(`http://receiver.test:${port}/`));
    expect([(await to()).outcome, (await to()).outcome]).toEqual(['RESPONDED', 'BLOCKED_ADDRESS']);
  });

  it('is looked up once a connection: what is dialled is what was vetted', async () => {
    const { port } = await receiver(httpReceiver((_, response) => response.end('vetted'), '127.0.0.5'));
    let asked = 0;
    const lookup = async () => always(asked++ === 0 ? '127.0.0.5' : '127.0.0.6')();
    const exchange = await senderWith({ lookup }).send(request(`http://receiver.test:${port}/`));
    expect([exchange.responseBody, asked]).toEqual(['vetted', 1]);
  });

  it('that cannot be resolved is a DNS error', async () => {
    const failing = async () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }));
    const exchange = await senderWith({ lookup: failing }).send(request('http://receiver.test/'));
    expect(exchange).toMatchObject({
      outcome: 'DNS_ERROR',
      error: 'The name receiver.test could not be resolved (EAI_AGAIN).',
    });
    expect(await senderWith({ lookup: always() }).send(request('http://receiver.test/'))).toMatchObject({
      outcome: 'DNS_ERROR',
    });
  });
});

describe('TLS', () => {
  const lookup = always('127.0.0.1');
  const trusting = () => senderWith({ lookup, trustedCertificates: [authority] });
  const secure = (port: number, host = 'receiver.test') => request(`https://${host}:${port}/`);

  it('is spoken with the URL’s host as server name, and its certificate verified', async () => {
    const names: unknown[] = [];
    const { port } = await receiver(
      tlsReceiver('trusted', (incoming, response) => {
        names.push((incoming.socket as { servername?: unknown }).servername);
        response.end('safe');
      }),
    );
    const sender = trusting();
    for (const host of ['receiver.test', 'receiver.test.', '127.0.0.1']) {
      expect(await sender.send(secure(port, host)), host).toMatchObject({ outcome: 'RESPONDED', responseBody: 'safe' });
    }
    expect(names).toEqual(['receiver.test', 'receiver.test', false]);
  });

  it.each([
    ['is not trusted', 'trusted', 'receiver.test', [], /UNABLE_TO|SELF_SIGNED/],
    ['is another host’s', 'trusted', 'other.test', [authority], /ALTNAME_INVALID/],
    ['has expired', 'expired', 'receiver.test', [authority], /CERT_HAS_EXPIRED/],
  ] as const)('fails when the certificate %s, and nothing is sent', async (_, certificate, host, trusted, code) => {
    let requests = 0;
    const { port } = await receiver(
      tlsReceiver(certificate, (_incoming, response) => {
        requests++;
        response.end();
      }),
    );
    const sender = senderWith({ lookup, ...(trusted.length > 0 ? { trustedCertificates: trusted } : {}) });
    expect(await sender.send(secure(port, host))).toMatchObject({
      outcome: 'TLS_ERROR',
      error: expect.stringMatching(code),
    });
    expect(requests).toBe(0);
  });

  it('is verified even where the environment turns verification off', async () => {
    const { port } = await receiver(tlsReceiver('expired', (_, response) => response.end()));
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      expect((await trusting().send(secure(port))).outcome).toBe('TLS_ERROR');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('with what speaks no TLS is a TLS error', async () => {
    const { port } = await receiver(httpReceiver((_, response) => response.end()));
    expect(await trusting().send(secure(port))).toMatchObject({ outcome: 'TLS_ERROR' });
  });

  it('that is hung up on in the handshake is a TLS error', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await trusting().send(secure(port))).toMatchObject({ outcome: 'TLS_ERROR' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('closing', () => {
  it('lets what is under way end, then closes every connection', async () => {
    const arrived = deferred<() => void>();
    const { port, sockets } = await receiver(
      httpReceiver((_, response) => arrived.resolve(() => response.end('done'))),
    );
    const sender = senderWith();
    const exchange = sender.send(request(`http://127.0.0.1:${port}/`));
    const answer = await arrived.promise;
    const closing = sender.close();
    const closed = new Promise((resolve) => sockets[0]?.once('close', resolve));
    answer();
    expect((await exchange).responseBody).toBe('done');
    await Promise.all([closing, closed]);
  });
});

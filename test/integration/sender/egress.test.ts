import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Egress, type EgressSettings } from '../../../core/sender/egress.ts';
import type { Exchange, Sender } from '../../../core/sender/exchange.ts';
import type { Lookup } from '../../../core/sender/lookup.ts';
import { createSender, type SenderOptions } from '../../../core/sender/sender.ts';
import { openTunnel } from '../../../core/sender/tunnel.ts';
import { type ForwardProxy, type ForwardProxyOptions, forwardProxy } from '../../support/forwardProxy.ts';
import {
  authority,
  deferred,
  httpReceiver,
  localhostCertificate,
  type RunningReceiver,
  tcpReceiver,
  tlsReceiver,
  trustedTls,
} from './receivers.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function proxyWith(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const proxy = await forwardProxy(options);
  closing.push(() => proxy.close());
  return proxy;
}

async function receiver<T extends RunningReceiver>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  closing.push(() => started.close());
  return started;
}

interface Way {
  readonly sender: Sender;
  readonly egress: Egress;
  /** What was reported, in order. */
  readonly reports: string[];
  send(url: string, timeoutMs?: number): Promise<Exchange>;
}

const always =
  (...addresses: string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function way(settings: Partial<EgressSettings>, options: Partial<SenderOptions> = {}): Way {
  const reports: string[] = [];
  const egress = new Egress(
    { proxy: null, addresses: [], certificates: [authority], ...settings },
    { failed: (cause, detail) => reports.push(`${cause}: ${detail}`), reopened: () => reports.push('reopened') },
  );
  const sender = createSender({
    allowHttp: true,
    allowedPrivateRanges: ['127.0.0.0/8'],
    userAgent: 'Everhook/test',
    lookup: always('127.0.0.1'),
    egress,
    ...options,
  });
  closing.push(() => sender.close());
  const send = (url: string, timeoutMs = 5_000) =>
    sender.send({ url, headers: { 'content-type': 'application/json' }, body: Buffer.from('{}'), timeoutMs });
  return { sender, egress, reports, send };
}

const freePort = async () => {
  const proxy = await forwardProxy();
  await proxy.close();
  return proxy.address.port;
};

const ofInstallation = {
  outcome: 'EGRESS_ERROR',
  sent: false,
  responseCode: null,
  responseHeaders: null,
  responseBody: null,
  retryAfterMs: expect.any(Number),
  error: expect.stringMatching(/^This installation/),
};

describe('a forward proxy', () => {
  it.each([
    ['http', 'https'],
    ['https', 'https'],
    ['http', 'http'],
    ['https', 'http'],
  ])(
    'that speaks %s carries requests to an %s receiver: to the vetted address, with the name in TLS and Host',
    async (spoken, scheme) => {
      const credentials = 'me:p@s:s';
      const proxy = await proxyWith({ credentials, ...(spoken === 'https' ? { tls: trustedTls } : {}) });
      const hosts: (string | undefined)[] = [];
      const answer: Parameters<typeof httpReceiver>[0] = (request, response) => {
        hosts.push(request.headers.host);
        expect(request.headers['proxy-authorization']).toBeUndefined();
        response.end('here');
      };
      const { port } = await receiver(scheme === 'https' ? tlsReceiver('trusted', answer) : httpReceiver(answer));
      const { send, reports } = way({ proxy: proxy.address });
      const url = `${scheme}://receiver.test:${port}/hook`;
      for (let i = 0; i < 2; i++) {
        expect(await send(url)).toMatchObject({ outcome: 'RESPONDED', responseCode: 200, responseBody: 'here' });
      }
      expect(hosts).toEqual([`receiver.test:${port}`, `receiver.test:${port}`]);
      // One tunnel is kept for both.
      expect(proxy.asked).toEqual([{ authority: `127.0.0.1:${port}`, host: `127.0.0.1:${port}` }]);
      expect(reports).toEqual([]);
    },
  );

  it('is not asked for an address that receivers may not have; its own may be private', async () => {
    const proxy = await proxyWith();
    const { port, sockets } = await receiver(httpReceiver((_, response) => response.end()));
    const { send, reports } = way({ proxy: proxy.address }, { allowedPrivateRanges: [] });
    for (const host of ['receiver.test', '127.0.0.1', '[::1]', '169.254.169.254']) {
      expect(await send(`http://${host}:${port}/`)).toMatchObject({ outcome: 'BLOCKED_ADDRESS', sent: false });
    }
    expect([proxy.connections, sockets.length, reports]).toEqual([0, 0, []]);
  });

  it('does not hide what is wrong with the receiver: its certificate, its answer, its silence', async () => {
    const proxy = await proxyWith();
    const expired = await receiver(tlsReceiver('expired', (_, response) => response.end()));
    const silent = await receiver(httpReceiver(() => {}));
    const { send, reports } = way({ proxy: proxy.address });
    expect(await send(`https://receiver.test:${expired.port}/`)).toMatchObject({ outcome: 'TLS_ERROR' });
    expect(await send(`http://receiver.test:${silent.port}/`, 300)).toMatchObject({ outcome: 'TIMEOUT', sent: true });
    expect(reports).toEqual([]);
  });

  it.each<[what: string, cause: string, conduct: ForwardProxy['conduct']]>([
    ['answers 502', 'proxy_refused: 502', { status: 502 }],
    ['answers 503', 'proxy_refused: 503', { status: 503 }],
    ['answers 504', 'proxy_refused: 504', { status: 504 }],
    ['answers 403', 'proxy_refused: 403', { status: 403 }],
    ['closes the connection', 'proxy_refused: ', 'close'],
    ['never answers', 'proxy_refused: no answer in time', 'silent'],
  ])('that %s is the installation’s fault, and not the receiver’s', async (_, cause, conduct) => {
    const proxy = await proxyWith();
    proxy.conduct = conduct;
    const { port, sockets } = await receiver(httpReceiver((_request, response) => response.end()));
    const { send, reports } = way({ proxy: proxy.address });
    const url = `http://receiver.test:${port}/`;
    const exchange = await send(url, 500);
    expect(exchange).toMatchObject(ofInstallation);
    expect(reports).toEqual([expect.stringContaining(cause)]);
    expect(sockets).toHaveLength(0);
    // As soon as it may be tried again, it works.
    proxy.conduct = 'tunnel';
    await sleep(exchange.retryAfterMs as number);
    expect(await send(url)).toMatchObject({ outcome: 'RESPONDED' });
  });

  it('that refuses the credentials is the installation’s fault; they are never repeated', async () => {
    const proxy = await proxyWith({ credentials: 'me:right' });
    const { send, reports } = way({ proxy: { ...proxy.address, authorization: 'Basic d3Jvbmc6aHVudGVy' } });
    const exchange = await send('http://receiver.test:1/');
    expect(exchange).toMatchObject({ ...ofInstallation, error: expect.stringContaining('407') });
    expect(reports).toEqual(['proxy_credentials: it answered 407']);
    expect(JSON.stringify([exchange, reports])).not.toMatch(/d3Jvbmc|hunter/);
  });

  it('that is away is tried by one at a time; when it is back, all goes on', async () => {
    const port = await freePort();
    const address = { secure: false, host: '127.0.0.1', port, authorization: null };
    const target = await receiver(httpReceiver((_, response) => response.end()));
    const { send, sender, egress, reports } = way({ proxy: address });
    const url = `http://receiver.test:${target.port}/`;
    const first = await send(url);
    expect(first).toMatchObject({ ...ofInstallation, error: expect.stringContaining('cannot be reached') });
    expect(first.error).not.toContain('127.0.0.1');
    expect([sender.isBlocked, egress.isBlocked, reports]).toEqual([true, true, ['proxy_unreachable: ECONNREFUSED']]);
    expect(sender.blocked?.(url)).toMatchObject({ message: first.error });
    for (const exchange of await Promise.all(Array.from({ length: 50 }, () => send(url)))) {
      expect(exchange).toMatchObject(ofInstallation);
    }
    expect(reports).toHaveLength(1);

    const proxy = await proxyWith({ port });
    await sleep(first.retryAfterMs as number);
    expect([sender.isBlocked, sender.blocked?.(url)]).toEqual([false, null]);
    expect(await send(url)).toMatchObject({ outcome: 'RESPONDED' });
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => send(url)));
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['RESPONDED']));
    expect(egress.isBlocked).toBe(false);
    expect(reports.at(-1)).toBe('reopened');
    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  it('that accepts connections and says nothing, not even TLS, is the installation’s fault', async () => {
    const mute = await receiver(
      tcpReceiver(
        () => {},
        '127.0.0.1',
        () => {},
      ),
    );
    const { send, sender, reports } = way({
      proxy: { secure: true, host: '127.0.0.1', port: mute.port, authorization: null },
    });
    // A receiver that has little time alone does not hold up the others.
    expect(await send('http://receiver.test:1/', 400)).toMatchObject(ofInstallation);
    expect([sender.isBlocked, reports]).toEqual([false, []]);
    expect(await send('http://receiver.test:1/', 2_500)).toMatchObject(ofInstallation);
    expect([sender.isBlocked, reports]).toEqual([true, [expect.stringMatching(/^proxy_unreachable: /)]]);
  });

  it('that is there does not seem to be away because a receiver’s addresses use up its time: the way stays open for all', async () => {
    const proxy = await proxyWith();
    const { egress, reports } = way({});
    // The first address takes long, and while the proxy's name is looked up for the second one the time ends.
    const clock = vi.spyOn(performance, 'now');
    onTestFinished(() => void clock.mockRestore());
    proxy.conduct = () => {
      const late = performance.now() + 10_000;
      clock.mockReturnValue(late);
      return { status: 504 };
    };
    const again = deferred<void>();
    let lookups = 0;
    const lookup: Lookup = () => {
      if (lookups++ === 0) return always('127.0.0.1')();
      again.resolve();
      return new Promise(() => {});
    };
    const vetted = ['192.0.2.1', '192.0.2.2'].map((address) => ({ address, family: 4 }));
    const opening = openTunnel(egress, { ...proxy.address, host: 'proxy.test' }, lookup, {
      host: 'receiver.test',
      port: 80,
      vetted,
    });
    await again.promise;
    expect(opening.overdue()).toMatchObject({ outcome: 'EGRESS_ERROR', fault: 'proxy_refused' });
    expect([egress.isShut, egress.isBlocked, reports]).toEqual([false, false, ['proxy_refused: 504']]);
    // One that is away for so long at the second address, is.
    clock.mockReturnValue(performance.now() + 3_000);
    expect(opening.overdue()).toMatchObject({ fault: 'proxy_unreachable' });
    expect(egress.isShut).toBe(true);
    opening.socket.catch(() => {});
    opening.cancel();
  });

  it('that was away is there again as soon as a connection to it is open, before it has answered anything', async () => {
    const proxy = await proxyWith();
    const { egress } = way({});
    egress.failed('proxy_unreachable', 'away', 'away');
    expect(egress.isBlocked).toBe(true);
    const asked = deferred<void>();
    proxy.conduct = () => {
      asked.resolve();
      return 'silent';
    };
    const vetted = await always('127.0.0.1')();
    const opening = openTunnel(egress, proxy.address, always(), { host: 'receiver.test', port: 80, vetted });
    opening.socket.catch(() => {});
    await asked.promise;
    expect(egress.isBlocked).toBe(false);
    // Wrong credentials are not right because the proxy is there.
    egress.failed('proxy_credentials', 'wrong', 'wrong');
    const second = openTunnel(egress, proxy.address, always(), { host: 'other.test', port: 80, vetted });
    second.socket.catch(() => {});
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(2));
    expect(egress.isBlocked).toBe(true);
    opening.cancel();
    second.cancel();
  });

  it('checks the certificate of an address against the address, and never against localhost', async () => {
    const proxy = await proxyWith();
    const right = await receiver(tlsReceiver('trusted', (_, response) => response.end('here')));
    const wrong = await receiver(tlsReceiver('localhost', (_, response) => response.end('here')));
    const { send } = way({ proxy: proxy.address, certificates: [authority, localhostCertificate] });
    expect(await send(`https://127.0.0.1:${right.port}/`)).toMatchObject({
      outcome: 'RESPONDED',
      responseBody: 'here',
    });
    expect(await send(`https://127.0.0.1:${wrong.port}/`)).toMatchObject({
      outcome: 'TLS_ERROR',
      error: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    expect(await send(`https://localhost:${wrong.port}/`)).toMatchObject({ outcome: 'RESPONDED' });
  });

  it('that refuses one receiver again and again, and connects to others meanwhile, tells of that receiver', async () => {
    const proxy = await proxyWith();
    const good = await receiver(httpReceiver((_, response) => response.end()));
    const deadPort = await freePort();
    const { send, sender } = way({ proxy: proxy.address });
    const dead = `http://receiver.test:${deadPort}/`;
    const outcomes: string[] = [];
    for (let i = 0; i < 3; i++) {
      const exchange = await send(dead);
      outcomes.push(exchange.outcome);
      await sleep(exchange.retryAfterMs ?? 0);
      expect(await send(`http://receiver.test:${good.port}/`)).toMatchObject({ outcome: 'RESPONDED' });
      // Others are never held up by it.
      expect(sender.isBlocked).toBe(false);
    }
    expect(outcomes).toEqual(['EGRESS_ERROR', 'EGRESS_ERROR', 'CONNECT_ERROR']);
    // From then on it has its attempts.
    expect(sender.blocked?.(dead)).toBeNull();
    expect(await send(dead)).toMatchObject({ outcome: 'CONNECT_ERROR', error: expect.stringContaining('503') });
  });

  it('that says itself that the receiver is the reason is believed at once', async () => {
    const proxy = await proxyWith();
    const { send, reports } = way({ proxy: proxy.address });
    proxy.conduct = { status: 502, headers: { 'proxy-status': 'relay; error=connection_refused' } };
    expect(await send('http://receiver.test:1/')).toMatchObject({ outcome: 'CONNECT_ERROR', sent: false });
    proxy.conduct = { status: 503, headers: { 'x-squid-error': 'ERR_CONNECT_FAIL 111' } };
    expect(await send('http://receiver.test:1/')).toMatchObject({ outcome: 'CONNECT_ERROR', sent: false });
    expect(reports).toEqual([]);
  });
});

describe('certificates of the installation', () => {
  it('are trusted beside the usual ones, and nothing else is', async () => {
    const { port } = await receiver(tlsReceiver('trusted', (_, response) => response.end('here')));
    const url = `https://receiver.test:${port}/`;
    expect(await way({}).send(url)).toMatchObject({ outcome: 'RESPONDED', responseBody: 'here' });
    expect(await way({ certificates: [] }).send(url)).toMatchObject({ outcome: 'TLS_ERROR' });
    expect(way({}).egress.secureContext).toBeDefined();
  });
});

describe('chosen addresses to send from', () => {
  const seenBy = async (host: string) => {
    const from: (string | undefined)[] = [];
    const { port } = await receiver(
      httpReceiver((request, response) => {
        from.push(request.socket.remoteAddress);
        response.end();
      }, host),
    );
    return { from, port };
  };

  it('are what receivers and the proxy see', async () => {
    const { from, port } = await seenBy('127.0.0.1');
    const proxy = await proxyWith();
    const addresses = ['127.0.0.2', '::1'];
    for (const settings of [{ addresses }, { addresses, proxy: proxy.address }]) {
      expect(await way(settings).send(`http://receiver.test:${port}/`)).toMatchObject({ outcome: 'RESPONDED' });
    }
    // The second is the proxy's own.
    expect(from).toEqual(['127.0.0.2', '127.0.0.1']);
  });

  it('are of the receiver’s family: another one is never used in place of it', async () => {
    const { from, port } = await seenBy('::1');
    const options = { allowedPrivateRanges: ['127.0.0.0/8', '::1/128'], lookup: always('::1') };
    const url = `http://receiver.test:${port}/`;
    expect(await way({ addresses: ['::1'] }, options).send(url)).toMatchObject({ outcome: 'RESPONDED' });
    expect(from).toEqual(['::1']);
    const exchange = await way({ addresses: ['127.0.0.2'] }, options).send(url);
    expect(exchange).toMatchObject({ outcome: 'CONNECT_ERROR', error: expect.stringContaining('only IPv6') });
    // A name with both is reached by the family that has one.
    const both = { ...options, lookup: always('127.0.0.1', '::1') };
    expect(await way({ addresses: ['::1'] }, both).send(url)).toMatchObject({ outcome: 'RESPONDED' });
  });

  it('that this machine does not have are the installation’s fault', async () => {
    const { port } = await seenBy('127.0.0.1');
    for (const lookup of [always('127.0.0.1'), always('127.0.0.1', '127.0.0.3')]) {
      const { send, reports } = way({ addresses: ['203.0.113.7'] }, { lookup });
      expect(await send(`http://receiver.test:${port}/`)).toMatchObject(ofInstallation);
      expect(reports).toEqual([expect.stringMatching(/^local_address: /)]);
    }
  });
});

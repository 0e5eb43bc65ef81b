import { addressPolicy } from './address.ts';
import { Deadlines } from './deadlines.ts';
import { createDialer, type Endpoint } from './dial.ts';
import type { Egress } from './egress.ts';
import type { Exchange, OutgoingRequest, Sender } from './exchange.ts';
import { InFlightRequest } from './inFlightRequest.ts';
import type { Lookup } from './lookup.ts';
import { Pool } from './pool.ts';
import { hostOf, type UrlExemptions } from './url.ts';

export interface SenderOptions extends UrlExemptions {
  /** Value of the `User-Agent` header. */
  readonly userAgent: string;
  /** Replaces the system's resolver. */
  readonly lookup?: Lookup;
  /** PEM certificates to trust instead of the system's. */
  readonly trustedCertificates?: readonly string[];
  /** The installation's way out; null or absent: directly. */
  readonly egress?: Egress | null;
  /**
   * Connections to one origin. By default there are as many as concurrent exchanges, so that slow webhooks never make others on
   * the same host wait here: fair shares are decided before requests come here.
   *
   * @default `exchanges`
   */
  readonly connectionsPerOrigin?: number;
  /** Concurrent exchanges of the process. @default 256 */
  readonly exchanges?: number;
}

interface Target {
  readonly origin: string;
  readonly endpoint: Endpoint;
  readonly path: string;
}

/** Cached parsed URLs: the same webhooks are sent to again and again. */
const maxTargets = 10_000;

/**
 * Creates a sender that uses HTTP/1.1 over its own connections: no global dispatcher, no proxy but the
 * installation's, no redirects, no cookies, no decompression.
 *
 * @throws {Error} when a range is not in CIDR notation.
 */
export function createSender(options: SenderOptions): Sender {
  const {
    allowHttp,
    allowedPrivateRanges,
    userAgent,
    exchanges = 256,
    connectionsPerOrigin = exchanges,
    egress = null,
  } = options;
  const dialer = createDialer({
    addresses: addressPolicy(allowedPrivateRanges),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    ...(options.trustedCertificates ? { trustedCertificates: options.trustedCertificates } : {}),
    egress,
  });
  const deadlines = new Deadlines();
  const pools = new Map<string, Pool>();
  const targets = new Map<string, Target>();
  let underWay = 0;
  let closed = false;
  let onDrained = () => {};

  function targetOf(url: string): Target {
    const known = targets.get(url);
    if (known) return known;
    const target = parseTarget(url);
    if (targets.size >= maxTargets) targets.clear();
    targets.set(url, target);
    return target;
  }

  function poolOf({ origin, endpoint }: Target): Pool {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, endpoint, dialer, connectionsPerOrigin, () => pools.delete(origin));
    pools.set(origin, pool);
    return pool;
  }

  function start(request: OutgoingRequest): Promise<Exchange> {
    const target = targetOf(request.url);
    if (request.schemes && !target.endpoint.secure && !allowHttp && !request.schemes.includes('http')) {
      return Promise.resolve(refused('BLOCKED_ADDRESS', 'The URL is http://, which this webhook may not use.'));
    }
    const headers = ['user-agent', userAgent];
    for (const name in request.headers) headers.push(name, request.headers[name] as string);
    const { body, timeoutMs } = request;
    return new Promise((resolve) => {
      const end = (exchange: Exchange) => {
        resolve(exchange);
        underWay--;
        if (closed && underWay === 0) onDrained();
      };
      underWay++;
      new InFlightRequest(
        { path: target.path, method: 'POST', headers, body },
        timeoutMs,
        poolOf(target),
        deadlines,
        end,
      );
    });
  }

  return {
    get isBlocked() {
      return egress?.isShut ?? false;
    },

    blocked(url) {
      if (egress === null) return null;
      const { host, port } = targetOf(url).endpoint;
      return egress.blocked(`${host}:${port}`);
    },

    send(request) {
      if (closed) return Promise.resolve(refused('CONNECT_ERROR', 'The service is shutting down.'));
      return start(request);
    },

    async close() {
      closed = true;
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          onDrained = resolve;
        });
      }
      for (const pool of pools.values()) pool.destroy();
      pools.clear();
    },
  };
}

function parseTarget(url: string): Target {
  const parsed = new URL(url);
  const secure = parsed.protocol === 'https:';
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port);
  return {
    origin: parsed.origin,
    endpoint: { secure, host: hostOf(parsed), port },
    path: parsed.pathname + parsed.search,
  };
}

function refused(outcome: 'BLOCKED_ADDRESS' | 'CONNECT_ERROR', error: string): Exchange {
  return {
    outcome,
    sent: false,
    startedAt: new Date(),
    durationMs: 0,
    responseCode: null,
    responseHeaders: null,
    responseBody: null,
    responseTruncated: false,
    error,
    retryAfterMs: null,
  };
}

import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Agent as FetchAgent, type RequestInit, fetch as undiciFetch } from 'undici';
import { addressPolicy } from '../../sender/address.ts';
import { createDialer, type Dialer } from '../../sender/dial.ts';
import type { Egress } from '../../sender/egress.ts';
import type { Lookup } from '../../sender/lookup.ts';
import type { UrlExemptions } from '../../sender/url.ts';
import { demandPlain, requirePlain } from './plainAnswers.ts';

/** Timeout of one call to a tracker, in milliseconds. */
export const callTimeoutMs = 15_000;
/** Maximum size of an answer, in bytes: an issue with all its text is well below. */
export const maxAnswerBytes = 4 * 1024 * 1024;

/**
 * How the trackers' client libraries connect. A tracker's base URL comes from a tenant, so the sender's own dialer opens each
 * connection: it vets the address after the look-up, and dials exactly the vetted address.
 */
export interface TrackerConnections {
  /** For libraries on Node's http. */
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** For libraries on fetch. It does not follow redirects: they would take the credentials along. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<unknown>;
  close(): Promise<void>;
}

/**
 * @param options.lookup - replaces the system's resolver
 * @param options.egress - the installation's way out; null or absent: directly
 */
export function createTrackerConnections(
  options: UrlExemptions & { readonly lookup?: Lookup; readonly egress?: Egress | null },
): TrackerConnections {
  const dialer = createDialer({
    addresses: addressPolicy(options.allowedPrivateRanges),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    egress: options.egress ?? null,
  });
  const fetchAgent = new FetchAgent({
    connect: ({ protocol, hostname, port }, callback) => {
      dial(dialer, protocol === 'https:', hostname, Number(port || 0), (error, socket) => {
        if (socket) callback(null, socket);
        else callback(error as Error, null);
      });
    },
    maxResponseSize: maxAnswerBytes,
    headersTimeout: callTimeoutMs,
    bodyTimeout: callTimeoutMs,
  });
  const http = new VettedAgent(dialer);
  const https = new VettedSecureAgent(dialer);
  return {
    http,
    https,
    fetch: async (url, init = {}) =>
      requirePlain(
        await undiciFetch(url, {
          ...init,
          headers: { ...(init.headers as Record<string, string>), 'accept-encoding': 'identity' },
          dispatcher: fetchAgent,
          redirect: 'manual',
          signal: AbortSignal.timeout(callTimeoutMs),
        }),
      ),
    async close() {
      http.destroy();
      https.destroy();
      await fetchAgent.destroy();
    },
  };
}

type Connected = (error: Error | null, socket?: Duplex) => void;

function dial(
  dialer: Dialer,
  secure: boolean,
  hostname: string,
  port: number,
  done: (error: Error | null, socket: Socket | null) => void,
): void {
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  dialer.dial({ secure, host, port: port || (secure ? 443 : 80) }, done);
}

/** Ends a connection that lasts too long or receives too much, whatever the library's own limits are. Each has one call. */
function bounded(socket: Socket): Socket {
  const end = (why: string) => socket.destroy(Object.assign(new Error(`The answer was ${why}.`), { code: 'TIMEOUT' }));
  const late = setTimeout(() => end('too late'), callTimeoutMs);
  // No data comes before the request has left, so this listener takes none away from the library's own.
  socket.on('data', () => {
    if (socket.bytesRead > maxAnswerBytes) end('too long');
  });
  socket.once('close', () => clearTimeout(late));
  return socket;
}

interface Target {
  readonly host?: string;
  readonly hostname?: string;
  readonly port?: number | string;
}

function connect(dialer: Dialer, secure: boolean, target: Target, connected: Connected): void {
  dial(dialer, secure, target.host ?? target.hostname ?? '', Number(target.port ?? 0), (error, socket) => {
    if (socket) connected(null, bounded(socket));
    else connected(error);
  });
}

// Node's client passes every request to its agent by this method, which Node's types leave out.
declare module 'node:http' {
  interface Agent {
    addRequest(request: ClientRequest, options: object): void;
  }
}

class VettedAgent extends HttpAgent {
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    super({ keepAlive: false });
    this.#dialer = dialer;
  }

  override addRequest(request: ClientRequest, options: object): void {
    demandPlain(request);
    super.addRequest(request, options);
  }

  createConnection(options: object, connected: Connected): undefined {
    connect(this.#dialer, false, options, connected);
  }
}

class VettedSecureAgent extends HttpsAgent {
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    super({ keepAlive: false });
    this.#dialer = dialer;
  }

  override addRequest(request: ClientRequest, options: object): void {
    demandPlain(request);
    super.addRequest(request, options);
  }

  createConnection(options: object, connected: Connected): undefined {
    connect(this.#dialer, true, options, connected);
  }
}

import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { AddressPolicy } from './address.ts';
import { ExchangeFailure } from './failure.ts';
import { createLookup, type Lookup, type Resolved } from './lookup.ts';

/** The target of a connection. */
export interface Endpoint {
  readonly secure: boolean;
  /** A name without a dot at its end, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Dialer {
  /**
   * Resolves, vets and connects. It calls `dialled` once, with a socket that is ready for HTTP or with the failure.
   *
   * @returns a function that cancels in any state; `dialled` is not called after that.
   */
  dial(endpoint: Endpoint, dialled: (failure: ExchangeFailure | null, socket: Socket | null) => void): () => void;
}

export interface DialerOptions {
  readonly addresses: AddressPolicy;
  readonly lookup?: Lookup;
  /** PEM certificates to trust instead of the system's. */
  readonly trustedCertificates?: readonly string[];
}

/** How long one address of a name is tried alone before the next one is tried too. */
const nextAddressAfterMs = 500;

export function createDialer({ addresses, lookup = createLookup(), trustedCertificates }: DialerOptions): Dialer {
  const resolve = sharedLookup(lookup);
  // A TLS session belongs to one host and port, so the identity that its first handshake proved still holds.
  const sessions = new Map<string, Buffer>();

  async function vet(host: string): Promise<readonly Resolved[]> {
    const resolved = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host);
    // One private address among public ones blocks the name: otherwise the name server would choose which one is dialled.
    if (!resolved.every(({ address }) => addresses.allows(address))) {
      const reason = isIP(host) ? 'is' : 'resolves to';
      throw new ExchangeFailure('BLOCKED_ADDRESS', `${host} ${reason} an address that is not on the public internet.`);
    }
    return resolved;
  }

  function open({ secure, host, port }: Endpoint, vetted: readonly Resolved[]): Socket {
    // The socket calls this look-up instead of the resolver, so it dials exactly the vetted addresses.
    const target = {
      host,
      port,
      lookup: lookupOf(vetted),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: nextAddressAfterMs,
    };
    if (!secure) return netConnect(target);
    const place = `${host}:${port}`;
    const socket = tlsConnect({
      ...target,
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise turn verification off.
      rejectUnauthorized: true,
      session: sessions.get(place),
      ...(trustedCertificates ? { ca: [...trustedCertificates] } : {}),
    });
    socket.on('session', (session) => {
      if (sessions.size >= 1000) sessions.clear();
      sessions.set(place, session);
    });
    return socket;
  }

  return {
    dial(endpoint, dialled) {
      let socket: Socket | undefined;
      let over = false;
      const end = (failure: ExchangeFailure | null, ready: Socket | null) => {
        if (over) return;
        over = true;
        dialled(failure, ready);
      };
      vet(endpoint.host).then(
        (vetted) => {
          if (over) return;
          let connected = false;
          const dialling = open(endpoint, vetted);
          socket = dialling;
          dialling.setNoDelay(true);
          dialling.once('connect', () => {
            connected = true;
          });
          dialling.once(endpoint.secure ? 'secureConnect' : 'connect', () => end(null, dialling));
          // This listener stays for the socket's life: an error without a listener would end the process.
          dialling.on('error', (error: NodeJS.ErrnoException) =>
            end(failureToConnect(error, endpoint, connected), null),
          );
          dialling.once('close', () => end(failureToConnect({}, endpoint, connected), null));
        },
        (error) => end(error instanceof ExchangeFailure ? error : failureToResolve(error, endpoint.host), null),
      );
      return () => {
        over = true;
        socket?.destroy();
      };
    },
  };
}

/** Concurrent look-ups of one name share one answer. */
function sharedLookup(lookup: Lookup): Lookup {
  const underWay = new Map<string, Promise<readonly Resolved[]>>();
  return (hostname) => {
    const known = underWay.get(hostname);
    if (known) return known;
    const pending = lookup(hostname).finally(() => underWay.delete(hostname));
    underWay.set(hostname, pending);
    return pending;
  };
}

function lookupOf(vetted: readonly Resolved[]): LookupFunction {
  return (_hostname, options, callback) => {
    const first = vetted[0];
    if (!first) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
    else if (options.all) callback(null, [...vetted]);
    else callback(null, first.address, first.family);
  };
}

interface Coded {
  readonly code?: string | undefined;
}

function failureToResolve({ code = 'unknown' }: Coded, host: string): ExchangeFailure {
  return new ExchangeFailure('DNS_ERROR', `The name ${host} could not be resolved (${code}).`);
}

function failureToConnect({ code }: Coded, { host, secure }: Endpoint, connected: boolean): ExchangeFailure {
  if (code === 'ENOTFOUND') return failureToResolve({ code }, host);
  const because = code ? ` (${code})` : '';
  return secure && connected
    ? new ExchangeFailure('TLS_ERROR', `TLS with ${host} failed${because}.`)
    : new ExchangeFailure('CONNECT_ERROR', `No connection to ${host}${because}.`);
}

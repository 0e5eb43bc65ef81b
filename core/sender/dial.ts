import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type SecureContext, connect as tlsConnect } from 'node:tls';
import type { AddressPolicy } from './address.ts';
import type { Egress } from './egress.ts';
import { ExchangeFailure } from './failure.ts';
import { createLookup, type Lookup, type Resolved } from './lookup.ts';
import { dialTarget, isOwnAddressError } from './socketAddress.ts';
import { type Opening, openTunnel, ownAddress } from './tunnel.ts';

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
   * @returns what cancels it in any state; `dialled` is not called after that.
   */
  dial(endpoint: Endpoint, dialled: (failure: ExchangeFailure | null, socket: Socket | null) => void): Dialling;
}

/** A connection that is being opened. */
export interface Dialling {
  cancel(): void;
  /** Why it is not open yet, if the time for the exchange is over; null if the receiver is to blame. */
  overdue(): ExchangeFailure | null;
}

export interface DialerOptions {
  readonly addresses: AddressPolicy;
  readonly lookup?: Lookup;
  /** PEM certificates to trust instead of the system's. */
  readonly trustedCertificates?: readonly string[];
  /** The installation's way out; null or absent: directly, from any address of this machine. */
  readonly egress?: Egress | null;
}

export function createDialer({ addresses, lookup, trustedCertificates, egress = null }: DialerOptions): Dialer {
  const trust: { ca?: string[]; secureContext?: SecureContext } = trustedCertificates
    ? { ca: [...trustedCertificates] }
    : egress?.secureContext
      ? { secureContext: egress.secureContext }
      : {};
  const resolve = sharedLookup(lookup ?? createLookup());
  // Receivers’ names that never answer must not take the places of the proxy’s.
  const resolveProxy = sharedLookup(lookup ?? createLookup());
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

  /** @param through - a tunnel to the receiver; null: the connection is made here */
  function open({ secure, host, port }: Endpoint, vetted: readonly Resolved[], through: Socket | null): Socket {
    const target = through === null ? dialTarget(host, port, vetted, egress) : { socket: through, host };
    if (target === null) {
      throw new ExchangeFailure(
        'CONNECT_ERROR',
        `${host} has only IPv${vetted[0]?.family} addresses, and this installation does not send from such a one.`,
      );
    }
    if (!secure) return 'socket' in target ? target.socket : netConnect(target);
    const place = `${host}:${port}`;
    const socket = tlsConnect({
      // Its `host` is what the certificate must be for where that is an address; without one, it would be localhost.
      ...target,
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise turn verification off.
      rejectUnauthorized: true,
      session: sessions.get(place),
      ...trust,
    });
    socket.on('session', (session) => {
      if (sessions.size >= 1000) sessions.clear();
      sessions.set(place, session);
    });
    return socket;
  }

  return {
    dial(endpoint, dialled) {
      const receiver = `${endpoint.host}:${endpoint.port}`;
      let socket: Socket | undefined;
      let opening: Opening | null = null;
      let over = false;
      const end = (failure: ExchangeFailure | null, ready: Socket | null) => {
        if (over) return;
        over = true;
        dialled(failure, ready);
      };
      const fail = (error: unknown) =>
        end(error instanceof ExchangeFailure ? error : failureToResolve(error as Coded, endpoint.host), null);
      const connect = (vetted: readonly Resolved[], through: Socket | null) => {
        opening = null;
        if (over) {
          through?.destroy();
          return;
        }
        let connected = through !== null;
        const dialling = open(endpoint, vetted, through);
        socket = dialling;
        if (through === null) dialling.setNoDelay(true);
        // Closing TLS inside of TLS does not close what it runs in.
        else if (through !== dialling) dialling.once('close', () => through.destroy());
        // This listener stays for the socket's life: an error without a listener would end the process.
        dialling.on('error', (error: NodeJS.ErrnoException) =>
          end(
            egress !== null && isOwnAddressError(error, egress)
              ? egress.failed(...ownAddress)
              : failureToConnect(error, endpoint, connected),
            null,
          ),
        );
        if (through !== null && !endpoint.secure) {
          end(null, dialling);
          return;
        }
        dialling.once('connect', () => {
          connected = true;
        });
        dialling.once(endpoint.secure ? 'secureConnect' : 'connect', () => {
          if (through === null) egress?.connected(receiver);
          end(null, dialling);
        });
        dialling.once('close', () => end(failureToConnect({}, endpoint, connected), null));
      };
      vet(endpoint.host)
        .then((vetted) => {
          if (over) return;
          const blocked = egress?.enter(receiver);
          if (blocked) throw blocked;
          if (!egress?.proxy) return connect(vetted, null);
          opening = openTunnel(egress, egress.proxy, resolveProxy, { ...endpoint, vetted });
          return opening.socket.then((tunnel) => connect(vetted, tunnel));
        })
        .catch(fail);
      return {
        cancel() {
          over = true;
          opening?.cancel();
          socket?.destroy();
        },
        overdue: () => opening?.overdue() ?? null,
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

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { type Egress, EgressFailure, type ProxyAddress } from './egress.ts';
import { ExchangeFailure } from './failure.ts';
import type { Lookup, Resolved } from './lookup.ts';
import { dialTarget, isOwnAddressError } from './socketAddress.ts';

/** How long the proxy may take to be there, and to answer a CONNECT. Milliseconds. */
const reachTimeoutMs = 5_000;
const answerTimeoutMs = 10_000;
/** A proxy that is not there after so long is away, also if the receiver had less time than {@link reachTimeoutMs}. Milliseconds. */
const slowMs = 2_000;
const maxHeaderBytes = 16 * 1024;
/** Addresses of one receiver that the proxy is asked for. */
const maxAddresses = 3;

const unreachable = "This installation's proxy cannot be reached.";
const credentials = "This installation's proxy does not accept the installation's credentials (407).";
const refusal = (how: string) => `This installation's proxy did not connect to the receiver (${how}).`;

/** A receiver, by the addresses that its name was resolved to and that may be dialled. */
export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  readonly vetted: readonly Resolved[];
}

/** A tunnel that is being opened. */
export interface Opening {
  /** @throws ExchangeFailure: an `EgressFailure` unless the receiver is to blame */
  readonly socket: Promise<Socket>;
  /** Why it is not open yet, at the end of the time for the whole exchange. */
  overdue(): ExchangeFailure;
  cancel(): void;
}

/** The proxy's answer that it did not connect. */
interface Refused {
  readonly how: string;
  /** Whether it says that the receiver is the reason. */
  readonly byReceiver: boolean;
}

/**
 * Opens a tunnel to a receiver through the proxy, by CONNECT (RFC 9110, 9.3.6). The proxy is given an address that was
 * vetted here, never a name.
 */
export function openTunnel(egress: Egress, proxy: ProxyAddress, lookup: Lookup, target: TunnelTarget): Opening {
  const receiver = `${target.host}:${target.port}`;
  let open: Socket | undefined;
  let over = false;
  let asked = false;
  /** When the present try to connect to the proxy began: only that says whether it is there. */
  let reachingSince = 0;
  /** Its answer for the address before. */
  let last: Refused | null = null;
  const keep = (socket: Socket) => {
    open = socket;
    if (over) socket.destroy();
  };
  const refused = ({ how, byReceiver }: Refused): ExchangeFailure =>
    (byReceiver ? null : egress.refused(receiver, refusal(how), how)) ??
    new ExchangeFailure('CONNECT_ERROR', `No connection to ${target.host} (the installation's proxy: ${how}).`);

  async function run(): Promise<Socket> {
    for (const address of inTurn(target.vetted)) {
      asked = false;
      reachingSince = performance.now();
      const toProxy = await reach(egress, proxy, lookup, keep).catch((error: Unreached) => {
        if (over) throw cancelled();
        throw error.byOwnAddress
          ? egress.failed(...ownAddress)
          : egress.failed('proxy_unreachable', unreachable, error.message);
      });
      asked = true;
      egress.reachedProxy();
      const answer = await connectThrough(toProxy, proxy, address, target.port);
      if (answer.tunnel && !over) {
        egress.connected(receiver);
        return answer.tunnel;
      }
      toProxy.destroy();
      if (over || answer.tunnel) throw cancelled();
      if (answer.status === 407) throw egress.failed('proxy_credentials', credentials, 'it answered 407');
      last = answer;
    }
    throw refused(last ?? { how: 'no address', byReceiver: true });
  }

  return {
    socket: run(),
    overdue() {
      if (asked) return refused({ how: 'no answer in time', byReceiver: false });
      // A tenant who gives its receivers little time must not hold up the others.
      const isLong = performance.now() - reachingSince >= slowMs;
      if (!isLong && last !== null) return refused(last);
      if (!isLong) return new EgressFailure('proxy_unreachable', unreachable, slowMs);
      return egress.failed('proxy_unreachable', unreachable, 'no connection in time');
    },
    cancel() {
      over = true;
      open?.destroy();
    },
  };
}

/** One address of each family first. */
function inTurn(vetted: readonly Resolved[]): readonly string[] {
  const [first] = vetted;
  const other = vetted.find(({ family }) => family !== first?.family);
  const rest = vetted.filter((each) => each !== first && each !== other);
  return [first, other, ...rest].flatMap((each) => (each ? [each.address] : [])).slice(0, maxAddresses);
}

/** Nobody waits for it any more, and it counts nowhere. */
const cancelled = () => new ExchangeFailure('CONNECT_ERROR', 'The connection was given up.');

/** Why there is no connection to the proxy. */
class Unreached extends Error {
  readonly byOwnAddress: boolean;

  constructor(message: string, byOwnAddress = false) {
    super(message);
    this.byOwnAddress = byOwnAddress;
  }
}

/** Connects to the proxy. Its address is the operator's: it may be a private one. @throws Unreached */
async function reach(
  egress: Egress,
  { secure, host, port }: ProxyAddress,
  lookup: Lookup,
  keep: (socket: Socket) => void,
): Promise<Socket> {
  const resolved = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await lookup(host).catch(({ code = 'unknown' }: NodeJS.ErrnoException) => {
        throw new Unreached(`its name could not be resolved (${code})`);
      });
  const target = dialTarget(host, port, resolved, egress);
  if (target === null) throw new Unreached('it has no address of a family that EVERHOOK_EGRESS_ADDRESSES names');
  const socket = secure
    ? tlsConnect({
        ...target,
        servername: isIP(host) ? '' : host,
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: true,
        secureContext: egress.secureContext,
      })
    : netConnect(target);
  socket.setNoDelay(true);
  keep(socket);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Unreached('no connection in time')), reachTimeoutMs);
      socket.once(secure ? 'secureConnect' : 'connect', resolve);
      // This listener stays: an error without a listener would end the process.
      socket.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Unreached(error.code ?? error.message, isOwnAddressError(error, egress))),
      );
      socket.once('close', () => reject(new Unreached('it closed the connection')));
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A chosen address is not one of this machine. */
export const ownAddress = [
  'local_address',
  'This installation cannot send from the address that it was given.',
  'an address of EVERHOOK_EGRESS_ADDRESSES is not one of this machine',
] as const;

type Answer = { readonly tunnel: Socket } | ({ readonly tunnel: null; readonly status: number } & Refused);

function connectThrough(toProxy: Socket, proxy: ProxyAddress, address: string, port: number): Promise<Answer> {
  const authority = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  return new Promise((resolve) => {
    const end = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    const unanswered = (how: string) => end({ tunnel: null, status: 0, how, byReceiver: false });
    const timer = setTimeout(() => unanswered('no answer in time'), answerTimeoutMs);
    const asking = httpRequest({
      method: 'CONNECT',
      path: authority,
      setHost: false,
      headers: {
        host: authority,
        ...(proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }),
      },
      createConnection: () => toProxy,
      maxHeaderSize: maxHeaderBytes,
    });
    asking.once('connect', ({ statusCode: status = 0, headers }, socket: Socket, head) => {
      if (status >= 200 && status < 300) {
        // Nothing of the proxy follows its answer: this is the receiver's.
        if (head.length > 0) socket.unshift(head);
        end({ tunnel: socket });
      } else end({ tunnel: null, status, how: String(status), byReceiver: isByReceiver(headers) });
    });
    asking.once('response', ({ statusCode }) => unanswered(String(statusCode)));
    asking.once('error', ({ code = 'no valid answer' }: NodeJS.ErrnoException) => unanswered(code));
    asking.once('close', () => unanswered('closed'));
    asking.end();
  });
}

/** RFC 9209's errors of the next hop, which is the receiver; and Squid's of a connection that was refused. */
const ofNextHop =
  /\berror=(destination_(not_found|unavailable|ip_unroutable)|connection_(refused|terminated|timeout))\b/;

function isByReceiver(headers: IncomingHttpHeaders): boolean {
  return (
    ofNextHop.test(String(headers['proxy-status'] ?? '')) ||
    /^ERR_CONNECT_FAIL 111\b/.test(String(headers['x-squid-error'] ?? ''))
  );
}

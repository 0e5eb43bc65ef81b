import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import tls, { type SecureContext } from 'node:tls';
import { ExchangeFailure } from './failure.ts';

/** A forward proxy that connections to receivers go through. */
export interface ProxyAddress {
  /** Whether the proxy itself is spoken to over TLS. */
  readonly secure: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`; null for none. A secret. */
  readonly authorization: string | null;
}

/** How an installation's connections leave its machine. */
export interface EgressSettings {
  /** Null: connections go to receivers directly. */
  readonly proxy: ProxyAddress | null;
  /** At most one IPv4 and one IPv6 address of this machine to connect from. Empty: the system chooses. */
  readonly addresses: readonly string[];
  /** PEM certificates to trust beside the usual ones. */
  readonly certificates: readonly string[];
}

/** Which part of the way out failed. */
export type EgressCause = 'proxy_unreachable' | 'proxy_credentials' | 'proxy_refused' | 'local_address';

/**
 * The installation could not send, and nothing says that the receiver is to blame: this is no attempt. Tenants read the
 * message, which names neither the proxy nor an address.
 */
export class EgressFailure extends ExchangeFailure {
  readonly fault: EgressCause;
  /** When to try again, in milliseconds from now. */
  readonly retryAfterMs: number;

  constructor(fault: EgressCause, message: string, retryAfterMs: number) {
    super('EGRESS_ERROR', message);
    this.fault = fault;
    // Timers know whole milliseconds only, and may end up to one early: then it would still be shut.
    this.retryAfterMs = Math.ceil(retryAfterMs) + 1;
  }
}

/** Something that does not work, and is tried by one at a time until it does. */
class Blockage {
  readonly cause: EgressCause;
  readonly message: string;
  readonly since = performance.now();
  /** Tries that failed, one after the other. */
  count = 0;
  #retryAt = 0;
  #isTried = true;

  constructor(cause: EgressCause, message: string) {
    this.cause = cause;
    this.message = message;
  }

  /** Counts a failure. Those that were under way at the same time are one. */
  failed(maxMs: number): void {
    if (!this.#isTried && this.forMs > 0) return;
    this.#retryAt = performance.now() + Math.min(maxMs, firstPauseMs * 2 ** Math.min(this.count, 10));
    this.#isTried = false;
    this.count++;
  }

  /** How long nobody is to try, in milliseconds; 0: one may try now. */
  get forMs(): number {
    return Math.max(0, this.#retryAt - performance.now());
  }

  /** How long others are to wait, in milliseconds: one that tries may be done soon. */
  get waitMs(): number {
    return this.#isTried ? Math.min(this.forMs, firstPauseMs) : this.forMs;
  }

  /** One tries now: the others wait for its end. */
  tried(): void {
    this.#isTried = true;
    this.#retryAt = performance.now() + tryMs;
  }
}

/** Pauses between tries of what is blocked: the first, the longest for the whole way out, and for one receiver. Milliseconds. */
const firstPauseMs = 500;
const maxPauseMs = 10_000;
const maxReceiverPauseMs = 30_000;
/** How long the others wait for the one that tries. Milliseconds. */
const tryMs = 5_000;
/**
 * A proxy answers in the same way for a receiver that does not and for a network of its own that does not. It is the
 * receiver if the proxy refuses it this often in a row, and connects to others meanwhile.
 */
const refusalsOfReceiver = 3;
/** A process that has nothing to send does not notice that the way out works again. Milliseconds. */
const rememberedMs = 60_000;
/** Receivers that are refused now, remembered. */
const maxRefused = 10_000;

/** What an egress reports; each is called with nothing of a tenant and no secret. */
export interface EgressReports {
  /** Each connection that failed by the installation's fault. */
  failed(cause: EgressCause, detail: string): void;
  /** The whole way out is open again, after so many milliseconds. */
  reopened(afterMs: number): void;
}

/** The way out of this process, and whether it works. Sender and trackers share it. */
export class Egress {
  readonly proxy: ProxyAddress | null;
  /** Trusts the installation's own certificates too. Absent: the usual ones alone. */
  readonly secureContext: SecureContext | undefined;
  readonly #addresses: readonly string[];
  readonly #reports: EgressReports;
  #blockage: Blockage | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** Receivers that the proxy refuses. */
  readonly #refused = new Map<string, Blockage>();
  /** When the proxy last connected to a receiver. */
  #connectedAt = Number.NEGATIVE_INFINITY;

  constructor({ proxy, addresses, certificates }: EgressSettings, reports: EgressReports) {
    this.proxy = proxy;
    this.#addresses = addresses;
    this.#reports = reports;
    this.secureContext =
      certificates.length === 0
        ? undefined
        : tls.createSecureContext({ ca: [...usualCertificates(), ...certificates] });
  }

  /** Whether connections leave from chosen addresses. */
  get hasAddresses(): boolean {
    return this.#addresses.length > 0;
  }

  /** The address to connect from. @returns null if none was chosen for that family */
  addressFor(family: number): string | null {
    return this.#addresses.find((address) => isIP(address) === family) ?? null;
  }

  /** Whether nothing may be tried now, for any receiver. */
  get isShut(): boolean {
    return this.#blockage !== null && this.#blockage.forMs > 0;
  }

  /** Whether the whole way out failed within the last minute, and has not worked since. */
  get isBlocked(): boolean {
    return this.#blockage !== null && performance.now() - this.#failedAt < rememberedMs;
  }

  /** Why nothing may be tried now; null if it may. @param receiver - `host:port` */
  blocked(receiver: string): EgressFailure | null {
    for (const blockage of [this.#blockage, this.#refusalOf(receiver)]) {
      if (blockage && blockage.forMs > 0) return new EgressFailure(blockage.cause, blockage.message, blockage.waitMs);
    }
    return null;
  }

  /** As {@link blocked}, for one that tries if it may: until that has ended, others may not. */
  enter(receiver: string): EgressFailure | null {
    const failure = this.blocked(receiver);
    if (failure) return failure;
    this.#blockage?.tried();
    this.#refusalOf(receiver)?.tried();
    return null;
  }

  /** The way out itself failed. @param detail - for the operator */
  failed(cause: EgressCause, message: string, detail: string): EgressFailure {
    if (this.#blockage?.cause !== cause) this.#blockage = new Blockage(cause, message);
    this.#blockage.failed(maxPauseMs);
    this.#failedAt = performance.now();
    this.#reports.failed(cause, detail);
    return new EgressFailure(cause, message, this.#blockage.forMs);
  }

  /** The proxy did not connect to a receiver, and did not say why. @returns null if the receiver is to blame */
  refused(receiver: string, message: string, detail: string): EgressFailure | null {
    this.#reached();
    let blockage = this.#refused.get(receiver);
    if (blockage === undefined) {
      if (this.#refused.size >= maxRefused) this.#refused.clear();
      blockage = new Blockage('proxy_refused', message);
      this.#refused.set(receiver, blockage);
    }
    blockage.failed(maxReceiverPauseMs);
    if (this.#isOfReceiver(blockage)) return null;
    this.#reports.failed('proxy_refused', detail);
    return new EgressFailure('proxy_refused', message, blockage.forMs);
  }

  #isOfReceiver({ count, since }: Blockage): boolean {
    return count >= refusalsOfReceiver && this.#connectedAt > since;
  }

  #refusalOf(receiver: string): Blockage | null {
    const known = this.#refused.get(receiver);
    return known === undefined || this.#isOfReceiver(known) ? null : known;
  }

  /** A connection to a receiver is open. */
  connected(receiver: string): void {
    this.#connectedAt = performance.now();
    this.#refused.delete(receiver);
    this.#reached();
  }

  /** A connection to the proxy is open, whatever it will answer: nobody waits for it any more. */
  reachedProxy(): void {
    if (this.#blockage?.cause === 'proxy_unreachable') this.#reached();
  }

  #reached(): void {
    if (this.#blockage === null) return;
    this.#reports.reopened(performance.now() - this.#blockage.since);
    this.#blockage = null;
  }
}

/** What Node trusts by default; it forgets that once it is given certificates. */
function usualCertificates(): readonly string[] {
  // Since Node 22.15; its own types know it since then.
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default') => string[] };
  if (getCACertificates) return getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  return extra ? [...tls.rootCertificates, readFileSync(extra, 'utf8')] : tls.rootCertificates;
}

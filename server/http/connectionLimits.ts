import type { Principal } from '../../core/access/principal.ts';
import { principalOf, tenantOf } from '../../core/access/tenant.ts';
import { Quota, SharedQuota } from '../../core/fairness/quota.ts';
import { ApiError } from '../../core/ground/errors.ts';

/**
 * Connections that one address may have open before they authenticate. Behind an untrusted proxy, all clients share its
 * address.
 */
const maxUnauthenticated = 256;
/** Sockets and event streams that one principal may have open. */
const maxPerPrincipal = 500;

/**
 * Connections that all together may have open, and subscriptions over them. One organization alone gets three quarters of
 * them.
 */
export interface SocketCapacity {
  readonly sockets: number;
  readonly subscriptions: number;
}

const usualCapacity: SocketCapacity = { sockets: 6_000, subscriptions: 20_000 };

/** Limits open connections that deliver events, over WebSocket or as Server-Sent Events. Both kinds count together. */
export class ConnectionLimits {
  readonly #unauthenticated = new Quota(maxUnauthenticated);
  readonly #principals = new Quota(maxPerPrincipal);
  readonly #connections: SharedQuota;
  readonly #subscriptions: SharedQuota;

  constructor(capacity: Partial<SocketCapacity> = {}) {
    this.#connections = new SharedQuota(capacity.sockets ?? usualCapacity.sockets);
    this.#subscriptions = new SharedQuota(capacity.subscriptions ?? usualCapacity.subscriptions);
  }

  /** Connections and subscriptions that are open. */
  get open(): { readonly connections: number; readonly subscriptions: number } {
    return { connections: this.#connections.taken, subscriptions: this.#subscriptions.taken };
  }

  /** @returns a function to call once the client has authenticated; null if the address has too many that have not */
  unauthenticated(address: string): (() => void) | null {
    return this.#unauthenticated.acquire(address);
  }

  /** @returns a function to call when the connection has ended @throws ApiError RATE_LIMITED, UNAVAILABLE */
  connection(principal: Principal): () => void {
    const leave = this.#principals.acquire(principalOf(principal));
    if (!leave) throw new ApiError('RATE_LIMITED', `A principal has at most ${maxPerPrincipal} sockets.`, undefined, 5);
    const giveBack = this.#connections.acquire(tenantOf(principal));
    if (giveBack) {
      return () => {
        leave();
        giveBack();
      };
    }
    leave();
    throw full('sockets');
  }

  /** @returns a function to call when the subscription has ended @throws ApiError UNAVAILABLE */
  subscription(principal: Principal): () => void {
    const leave = this.#subscriptions.acquire(tenantOf(principal));
    if (!leave) throw full('subscriptions');
    return leave;
  }
}

const full = (what: string) =>
  new ApiError(
    'UNAVAILABLE',
    `This organization has too many ${what} open in this process. Close some, or try again in 5 s.`,
    undefined,
    5,
  );

import type { Principal } from '../../core/access/principal.ts';
import { principalOf, tenantOf } from '../../core/access/tenant.ts';
import { Quota, SharedPlaces } from '../../core/fairness/quota.ts';
import { ApiError } from '../../core/ground/errors.ts';

/** Connections that an address may have open without a key. Behind a proxy that is not trusted, everybody has its address. */
const mostStrangers = 256;
/** Sockets, and streams of events, that a principal may have open. */
const mostOfPrincipal = 500;

/** Connections that all may have open, and subscriptions over them: one organization alone three quarters of them. */
export interface SocketPlaces {
  readonly sockets: number;
  readonly subscriptions: number;
}

const usualPlaces: SocketPlaces = { sockets: 6_000, subscriptions: 20_000 };

/** What connections are open that tell of events, over WebSocket or as Server-Sent Events: they take each other's places. */
export class ConnectionLimits {
  readonly #strangers = new Quota(mostStrangers);
  readonly #principals = new Quota(mostOfPrincipal);
  readonly #connections: SharedPlaces;
  readonly #subscriptions: SharedPlaces;

  constructor(most: Partial<SocketPlaces> = {}) {
    this.#connections = new SharedPlaces(most.sockets ?? usualPlaces.sockets);
    this.#subscriptions = new SharedPlaces(most.subscriptions ?? usualPlaces.subscriptions);
  }

  /** @returns to be called once it is known who is there; null where too many of an address are not */
  stranger(address: string): (() => void) | null {
    return this.#strangers.take(address);
  }

  /** @returns to be called when the connection has ended @throws ApiError RATE_LIMITED, UNAVAILABLE */
  connection(principal: Principal): () => void {
    const leave = this.#principals.take(principalOf(principal));
    if (!leave) throw new ApiError('RATE_LIMITED', `A principal has at most ${mostOfPrincipal} sockets.`, undefined, 5);
    const giveBack = this.#connections.place(tenantOf(principal));
    if (giveBack) {
      return () => {
        leave();
        giveBack();
      };
    }
    leave();
    throw full('sockets');
  }

  /** @returns to be called when the subscription has ended @throws ApiError UNAVAILABLE */
  subscription(principal: Principal): () => void {
    const leave = this.#subscriptions.place(tenantOf(principal));
    if (!leave) throw full('subscriptions');
    return leave;
  }
}

const full = (what: string) =>
  new ApiError(
    'UNAVAILABLE',
    `This process serves no more ${what} of this organization now. Try again in 5 s, or close some.`,
    undefined,
    5,
  );

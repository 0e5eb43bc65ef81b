import { Places } from '../fairness/places.ts';
import type { Prisma, PrismaClient } from './prisma/client.ts';
import { baseClientOf } from './sharedReads.ts';

/**
 * Each transaction holds a connection while it waits for locks, mostly within its own organization, so a few at once achieve as
 * much as many. The other connections remain free for publishing and reading.
 */
const limits = { places: 4, placesEach: 2, waitingEach: 1_000, waiting: 5_000, patienceMs: 30_000 };

const queues = new WeakMap<PrismaClient, Places>();

/** A subset of the options of Prisma's `$transaction`. */
interface TransactionOptions {
  readonly timeout?: number;
}

/**
 * Runs a change of configuration in a transaction, in its organization's turn. Every transaction of the API must begin here:
 * without the queue they fail within seconds when a few hundred are requested at once.
 *
 * @param organizationId - the organization whose turn to use
 * @throws ApiError UNAVAILABLE when too many wait already; any error of `work`
 */
export function inTransaction<T>(
  prisma: PrismaClient,
  organizationId: string,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> {
  const client = baseClientOf(prisma);
  let queue = queues.get(client);
  if (!queue) {
    queue = new Places(limits);
    queues.set(client, queue);
  }
  return queue.take(organizationId, () => client.$transaction(work, options));
}

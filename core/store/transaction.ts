import { Places } from '../fairness/places.ts';
import type { Prisma, PrismaClient } from './prisma/client.ts';
import { behindOf } from './sharedReads.ts';

/**
 * Each transaction holds a connection while it waits for locks, mostly of its own organization: few at once do as much as many.
 * The rest of the connections is left to publishing and reading.
 */
const limits = { places: 4, placesEach: 2, waitingEach: 1_000, waiting: 5_000, patienceMs: 30_000 };

const queues = new WeakMap<PrismaClient, Places>();

/** What one transaction may be given besides: see Prisma's `$transaction`. */
interface TransactionOptions {
  readonly timeout?: number;
}

/**
 * Runs a change of configuration in a transaction, once it is its organization's turn. Every transaction of the API begins here:
 * one that is begun past the queue fails within seconds where a few hundred are asked for at once.
 *
 * @param organizationId - in whose turn it is
 * @throws ApiError UNAVAILABLE where too many wait already; whatever `work` throws
 */
export function inTransaction<T>(
  prisma: PrismaClient,
  organizationId: string,
  work: (transaction: Prisma.TransactionClient) => Promise<T>,
  options?: TransactionOptions,
): Promise<T> {
  const client = behindOf(prisma);
  let queue = queues.get(client);
  if (!queue) {
    queue = new Places(limits);
    queues.set(client, queue);
  }
  return queue.take(organizationId, () => client.$transaction(work, options));
}

import { ConcurrencyQuota } from '../fairness/concurrencyQuota.ts';
import type { Prisma, PrismaClient } from './prisma/client.ts';
import { baseClientOf } from './sharedReads.ts';

/**
 * Each transaction holds a connection while it waits for locks, mostly within its own organization, so a few at once achieve as
 * much as many. The other connections remain free for publishing and reading.
 */
const limits = {
  maxRunning: 4,
  maxRunningEach: 2,
  maxWaitingEach: 1_000,
  maxWaiting: 5_000,
  maxWaitMs: 30_000,
};

const queues = new WeakMap<PrismaClient, ConcurrencyQuota>();

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
    queue = new ConcurrencyQuota(limits);
    queues.set(client, queue);
  }
  return queue.run(organizationId, () => client.$transaction(work, options));
}

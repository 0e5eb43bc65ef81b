import { ConcurrencyQuota } from '../fairness/concurrencyQuota.ts';
import type { PrismaClient } from './prisma/client.ts';

/** Half of a process's connections, and less than half of those for one holder. */
const limits = {
  maxRunning: 10,
  maxRunningEach: 4,
  maxWaitingEach: 2_000,
  maxWaiting: 10_000,
  maxWaitMs: 8_000,
};

/** By a holder's client, the process's client that it extends. */
const baseClients = new WeakMap<PrismaClient, PrismaClient>();

/** The process's client that a holder's client extends: its operations do not wait for a turn. */
export const baseClientOf = (prisma: PrismaClient): PrismaClient => baseClients.get(prisma) ?? prisma;

/** Reads in turns, so that a holder with many reads makes only its own wait. */
export interface SharedReads {
  /** A client whose every operation waits for its holder's turn. */
  of(holder: string): PrismaClient;
  /** Runs a read in its holder's turn. The read must not use a holder's client: it would wait for a turn within a turn. */
  take<T>(holder: string, read: () => Promise<T>): Promise<T>;
}

/** @param prisma - the client of the process */
export function shareReads(prisma: PrismaClient): SharedReads {
  const places = new ConcurrencyQuota(limits);
  return {
    take: (holder, read) => places.run(holder, read),
    of(holder) {
      const inOneTurn = batcher((work) => places.run(holder, work));
      const client = prisma.$extends({
        query: {
          $allOperations({ model, operation, args, query }) {
            const run = () => query(args);
            // Prisma combines concurrent look-ups by id into one statement, so they share one turn.
            return operation.startsWith('findUnique') ? inOneTurn(model ?? '', run) : places.run(holder, run);
          },
        },
      }) as unknown as PrismaClient;
      baseClients.set(client, prisma);
      return client;
    },
  };
}

type Run = () => Promise<unknown>;

/** Collects the requests of one kind until the next tick, and runs them all in one turn. */
function batcher(take: (work: () => Promise<void>) => Promise<void>) {
  const batches = new Map<string, { begin: () => Promise<unknown>; refuse: (error: unknown) => void }[]>();
  return (kind: string, run: Run): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const begin = () => run().then(resolve, reject);
      const known = batches.get(kind);
      if (known) {
        known.push({ begin, refuse: reject });
        return;
      }
      const all = [{ begin, refuse: reject }];
      batches.set(kind, all);
      process.nextTick(() => {
        take(async () => {
          batches.delete(kind);
          await Promise.all(all.map((each) => each.begin()));
        }).catch((error) => {
          batches.delete(kind);
          for (const each of all) each.refuse(error);
        });
      });
    });
}

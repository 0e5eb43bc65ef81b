import { Places } from '../fairness/places.ts';
import type { PrismaClient } from './prisma/client.ts';

/** Half of a process's connections, and of them less than half for one holder. */
const limits = { places: 10, placesEach: 4, waitingEach: 2_000, waiting: 10_000, patienceMs: 8_000 };

/** The clients of holders by the client that is behind them. */
const behind = new WeakMap<PrismaClient, PrismaClient>();

/** The client that a holder's client is made of: it waits for nobody's turn. */
export const behindOf = (prisma: PrismaClient): PrismaClient => behind.get(prisma) ?? prisma;

/** Reading in turns: whoever asks for much takes the connections from itself alone. */
export interface SharedReads {
  /** A client whose every operation waits for its holder's turn. */
  of(holder: string): PrismaClient;
  /** Runs a statement of the pool in its holder's turn. It must not use a holder's client, whose turn might be its own. */
  take<T>(holder: string, read: () => Promise<T>): Promise<T>;
}

/** @param prisma - the client of the process */
export function shareReads(prisma: PrismaClient): SharedReads {
  const places = new Places(limits);
  return {
    take: (holder, read) => places.take(holder, read),
    of(holder) {
      const together = gatherer((work) => places.take(holder, work));
      const client = prisma.$extends({
        query: {
          $allOperations({ model, operation, args, query }) {
            const run = () => query(args);
            // Prisma makes one statement of all that are asked for at once by their ids: they have one turn together.
            return operation.startsWith('findUnique') ? together(model ?? '', run) : places.take(holder, run);
          },
        },
      }) as unknown as PrismaClient;
      behind.set(client, prisma);
      return client;
    },
  };
}

type Run = () => Promise<unknown>;

/** Gathers what is asked for of one kind before the event loop goes on, and begins all of it in one turn. */
function gatherer(take: (work: () => Promise<void>) => Promise<void>) {
  const gathering = new Map<string, { begin: () => Promise<unknown>; refuse: (error: unknown) => void }[]>();
  return (kind: string, run: Run): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const begin = () => run().then(resolve, reject);
      const known = gathering.get(kind);
      if (known) {
        known.push({ begin, refuse: reject });
        return;
      }
      const all = [{ begin, refuse: reject }];
      gathering.set(kind, all);
      process.nextTick(() => {
        take(async () => {
          gathering.delete(kind);
          await Promise.all(all.map((each) => each.begin()));
        }).catch((error) => {
          gathering.delete(kind);
          for (const each of all) each.refuse(error);
        });
      });
    });
}

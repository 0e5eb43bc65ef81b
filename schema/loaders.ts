import type { PrismaClient } from '../server/store/prisma/client.ts';
import type { Services } from './services.ts';

/** Look-ups that many rows of one answer need, gathered and asked for at once. */
export interface Loaders {
  /** An event's `data` as JSON text, by the event's id. Null where the event is gone. */
  readonly eventData: (id: string) => Promise<string | null>;
  /** The beginning of an event's `data`, by the event's id. */
  readonly eventPreview: (id: string) => Promise<string | null>;
  /** What has been asked for already under this name, or what is asked for now. */
  once<T>(name: string, ask: () => Promise<T>): Promise<T>;
}

/** How much of a payload a list shows, in characters. */
const previewLength = 200;

export function createLoaders(services: Services): Loaders {
  // The text is read as text: Prisma would parse it, and lose key order and the writing of numbers.
  const prisma = services.prisma as PrismaClient;
  const asked = new Map<string, Promise<unknown>>();
  return {
    once<T>(name: string, ask: () => Promise<T>): Promise<T> {
      let answer = asked.get(name);
      if (!answer) {
        answer = ask();
        asked.set(name, answer);
      }
      return answer as Promise<T>;
    },
    eventData: batched(
      (ids) => prisma.$queryRaw`SELECT id, data::text AS value FROM event WHERE id = ANY(${ids}::uuid[])`,
    ),
    eventPreview: batched(
      (ids) =>
        prisma.$queryRaw`SELECT id, left(data::text, ${previewLength}) AS value FROM event WHERE id = ANY(${ids}::uuid[])`,
    ),
  };
}

type Row<T> = { readonly id: string; readonly value: T };

function batched<T>(load: (ids: string[]) => Promise<readonly Row<T>[]>): (id: string) => Promise<T | null> {
  const known = new Map<string, Promise<T | null>>();
  let waiting: { ids: string[]; rows: Promise<Map<string, T>> } | null = null;
  return (id) => {
    const before = known.get(id);
    if (before) return before;
    if (!waiting) {
      const ids: string[] = [];
      // One turn of the event loop later: every sibling row has asked by then.
      const rows = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
        waiting = null;
        return new Map((await load(ids)).map((row) => [row.id, row.value]));
      });
      waiting = { ids, rows };
    }
    waiting.ids.push(id);
    const value = waiting.rows.then((rows) => rows.get(id) ?? null);
    known.set(id, value);
    return value;
  };
}

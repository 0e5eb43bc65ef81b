import DataLoader from 'dataloader';

/** Reads one value by its key. Null where there is none. */
export type Loader<T> = (id: string) => Promise<T | null>;

export interface Row<T> {
  readonly id: string;
  readonly value: T;
}

/** Combines all reads of one turn of the event loop into one look-up, with each key once. */
export function batched<T>(load: (ids: string[]) => Promise<readonly Row<T>[]>): Loader<T> {
  const loader = new DataLoader<string, T | null>(
    async (ids) => {
      const values = new Map((await load([...ids])).map(({ id, value }) => [id, value]));
      return ids.map((id) => values.get(id) ?? null);
    },
    // By then every sibling row has called.
    { batchScheduleFn: setImmediate },
  );
  return (id) => loader.load(id);
}

/** Reads one value by its key. Null where there is none. */
export type Loader<T> = (id: string) => Promise<T | null>;

export interface Row<T> {
  readonly id: string;
  readonly value: T;
}

/** Gathers what is asked for in one turn of the event loop into one look-up, and asks for each once. */
export function batched<T>(load: (ids: string[]) => Promise<readonly Row<T>[]>): Loader<T> {
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

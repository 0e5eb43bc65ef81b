/** Lets at most `places` pieces of work run at a time; the others wait in the order in which they came. */
export function createGate(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((enter) => waiting.push(enter));
    try {
      return await work();
    } finally {
      // The place is handed on rather than freed, so that no newcomer slips in before the one that waited.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/** A few changes are shown as soon as it looks immediate. */
const soonMs = 120;
/** In a burst nobody reads each of them, and every showing costs the page a new layout of its rows. */
const burstMs = 500;
const fewPerBatch = 20;

interface Batches<Item> {
  add(item: Item): void;
  stop(): void;
}

/** Gathers what comes in, and tells it together: soon while few come, twice a second in a burst. */
export function inBatches<Item>(tell: (items: readonly Item[]) => void): Batches<Item> {
  let gathered: Item[] = [];
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let burstUntil = 0;
  return {
    add(item) {
      gathered.push(item);
      waiting ??= setTimeout(
        () => {
          waiting = undefined;
          const items = gathered;
          gathered = [];
          if (items.length > fewPerBatch) burstUntil = Date.now() + burstMs;
          tell(items);
        },
        Date.now() < burstUntil ? burstMs : soonMs,
      );
    },
    stop: () => clearTimeout(waiting),
  };
}

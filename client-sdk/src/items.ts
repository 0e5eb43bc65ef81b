import { LimitExceededError, ValidationError } from './errors.ts';

export interface ToArrayOptions {
  /** The most items that are gathered: with more, `toArray` fails instead of leaving some out. @default 10,000; after `take`, its number */
  readonly max?: number | undefined;
}

const defaultMax = 10_000;

/** Items that come one after the other, such as those of a list or a watch. */
export abstract class Items<Item> implements AsyncIterable<Item, undefined> {
  /** For `for await`. Leaving the loop in any way ends the requests and connections behind it. */
  abstract [Symbol.asyncIterator](): AsyncIterator<Item, undefined>;

  /** The same iterator, of which no more than so many items will be read. */
  protected iterate(_atMost: number): AsyncIterator<Item, undefined> {
    return this[Symbol.asyncIterator]();
  }

  /** At most the first `count` items. What is behind them ends with the last one. @throws ValidationError */
  take(count: number): Items<Item> {
    return new Taken((atMost) => this.iterate(atMost), checkCount(count, 0, 'count'));
  }

  /**
   * All items in a list. Of a watch, those until it ends: bound it with `take`.
   *
   * @throws LimitExceededError where there are more than `max`; nothing is left out silently
   */
  toArray({ max = defaultMax }: ToArrayOptions = {}): Promise<Item[]> {
    return gather(this, checkCount(max, 1, 'max'));
  }
}

async function gather<Item>(items: AsyncIterable<Item>, max: number): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) {
    if (list.length === max) {
      const message = `There are more than ${max} items. Give toArray a higher max, bound it with take, or read them one by one with for await.`;
      throw new LimitExceededError(message, { field: 'max' });
    }
    list.push(item);
  }
  return list;
}

class Taken<Item> extends Items<Item> {
  readonly #source: (atMost: number) => AsyncIterator<Item, undefined>;
  readonly #count: number;

  constructor(source: (atMost: number) => AsyncIterator<Item, undefined>, count: number) {
    super();
    this.#source = source;
    this.#count = count;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return this.iterate(this.#count);
  }

  protected override iterate(atMost: number): AsyncIterator<Item, undefined> {
    const count = Math.min(atMost, this.#count);
    return firstOf(this.#source(count), count);
  }

  override toArray({ max = Math.max(1, this.#count) }: ToArrayOptions = {}): Promise<Item[]> {
    return super.toArray({ max });
  }
}

/** Not a generator: its `return` would wait for the item that is being waited for. */
function firstOf<Item>(source: AsyncIterator<Item, undefined>, count: number): AsyncIterator<Item, undefined> {
  const done = { done: true, value: undefined } as const;
  let toAsk = count;
  let toCome = count;
  const end = async () => {
    toAsk = 0;
    await source.return?.();
    return done;
  };
  return {
    next: async () => {
      if (toAsk === 0) return count === 0 ? end() : done;
      toAsk--;
      const reading = await source.next();
      if (!reading.done && --toCome === 0) await end();
      return reading;
    },
    return: end,
  };
}

function checkCount(value: number, least: number, field: string): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ValidationError(`This must be a whole number of at least ${least}.`, { field });
}

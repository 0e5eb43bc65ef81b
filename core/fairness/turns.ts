/** Queues of several holders that take turns: a holder with many items waiting takes turns with a holder of one. */
export class Turns<T> {
  /** In the order of turns. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many items of one holder wait. */
  of(holder: string): number {
    return this.#queues.get(holder)?.length ?? 0;
  }

  /** How many holders wait. */
  get holders(): number {
    return this.#queues.size;
  }

  add(holder: string, item: T): void {
    const queue = this.#queues.get(holder);
    if (queue) queue.push(item);
    else this.#queues.set(holder, [item]);
    this.#size++;
  }

  /** Adds items again that were taken, in front of what came after them. */
  putBack(holder: string, items: readonly T[]): void {
    const queue = this.#queues.get(holder);
    if (queue) queue.unshift(...items);
    else this.#queues.set(holder, [...items]);
    this.#size += items.length;
  }

  /**
   * The first item of the holder whose turn it is. The holder then goes behind the others.
   *
   * @param may - false skips a holder, which keeps its turn; called with each holder's first item
   */
  take(may: (holder: string, first: T) => boolean = () => true): T | undefined {
    for (const [holder, queue] of this.#queues) {
      if (!may(holder, queue[0] as T)) continue;
      const item = queue.shift() as T;
      this.#queues.delete(holder);
      if (queue.length > 0) this.#queues.set(holder, queue);
      this.#size--;
      return item;
    }
    return undefined;
  }

  /** Whether {@link take} would give something. */
  some(may: (holder: string, first: T) => boolean): boolean {
    for (const [holder, [first]] of this.#queues) if (may(holder, first as T)) return true;
    return false;
  }
}

/** Queues of several holders, of which each in turn gives its first: who waits with many takes turns with who waits with one. */
export class Turns<T> {
  /** In the order of turns. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How much of one holder waits. */
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

  /**
   * The first of the holder whose turn it is, which then waits behind the others.
   *
   * @param may - passes over holders that may not now, and whose turn remains; asked with each one's first
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

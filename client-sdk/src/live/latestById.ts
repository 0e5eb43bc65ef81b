/**
 * Waiting updates of a slow reader: only the latest state of each thing, in the order of their arrival.
 *
 * The order makes each item's cursor safe to continue from: every earlier update was read before it, or replaced since.
 */
export class LatestById<Item extends { readonly id: string }> {
  readonly #items = new Map<string, Item>();

  get size(): number {
    return this.#items.size;
  }

  put(item: Item): void {
    this.#items.delete(item.id);
    this.#items.set(item.id, item);
  }

  take(): Item | undefined {
    const next = this.#items.values().next();
    if (next.done) return undefined;
    this.#items.delete(next.value.id);
    return next.value;
  }

  clear(): void {
    this.#items.clear();
  }
}

import type { Run } from './run.ts';

/** A text that two JSON values have in common where they are equal: 1.0 and 1 are, and the order of keys says nothing. */
function canonical(value: unknown, run: Run | null): string {
  if (typeof value === 'string') {
    run?.spend(3 + (value.length >> 3));
    return JSON.stringify(value);
  }
  run?.spend(4);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, run)).join()}]`;
  const keys = Object.keys(value).sort();
  const members = keys.map(
    (key) => `${canonical(key, run)}:${canonical((value as Record<string, unknown>)[key], run)}`,
  );
  return `{${members.join()}}`;
}

const isSimple = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * A simple value as a text. Numbers, and texts that are numbers, have hashes that everybody can work out: a tenant's could be
 * chosen to lie all in one place, where each look takes as long as there are others.
 */
const nameOf = (value: unknown): string => (typeof value === 'string' ? `"${value}` : `=${String(value)}`);

/** A set of JSON values, in which looking for one takes as long as the one is, however many there are. */
export class ValueSet {
  readonly #simple = new Map<string, number>();
  readonly #others = new Map<string, number>();

  /** @returns the index of an equal value that is in it already; null where it was added */
  add(value: unknown, index: number, run: Run | null): number | null {
    return isSimple(value)
      ? addTo(this.#simple, nameOf(value), index)
      : addTo(this.#others, canonical(value, run), index);
  }

  has(value: unknown, run: Run): boolean {
    return isSimple(value)
      ? this.#simple.has(nameOf(value))
      : this.#others.size > 0 && this.#others.has(canonical(value, run));
  }
}

function addTo<K>(map: Map<K, number>, key: K, index: number): number | null {
  const known = map.get(key);
  if (known === undefined) map.set(key, index);
  return known ?? null;
}

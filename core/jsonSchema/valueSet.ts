import type { Run } from './run.ts';

/** A text that is the same for equal JSON values: 1.0 equals 1, and the order of keys does not matter. */
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
 * A simple value as a text. The hashes of numbers, and of texts that are numbers, are predictable: a tenant could choose values
 * that all collide, and each lookup would take as long as there are values.
 */
const nameOf = (value: unknown): string => (typeof value === 'string' ? `"${value}` : `=${String(value)}`);

/** A set of JSON values. A lookup takes time in proportion to the value's size, however many values the set has. */
export class ValueSet {
  readonly #simple = new Map<string, number>();
  readonly #others = new Map<string, number>();

  /** @returns the index of an equal value that the set already has; null if the value was added */
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

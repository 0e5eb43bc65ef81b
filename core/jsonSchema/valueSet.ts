import type { Run } from './run.ts';

/** Approximate steps to write a value as a text: a simple one, a number that is no whole one, and any other. */
const stepsPerValue = 3;
const stepsPerFraction = 8;
const stepsPerMember = 1;
/** Approximate steps to add a text to a set or look it up, besides those of its characters. */
const stepsPerLookUp = 3;

function stepsOfNumber(value: number): number {
  return Number.isSafeInteger(value) ? stepsPerValue : stepsPerFraction;
}

/** A text that is the same for equal JSON values: 1.0 equals 1, and the order of keys does not matter. */
function canonical(value: unknown, run: Run | null): string {
  if (typeof value === 'string') {
    run?.spend(stepsPerValue + (value.length >> 3));
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    run?.spend(stepsOfNumber(value));
    return String(value);
  }
  run?.spend(stepsPerValue);
  if (typeof value !== 'object' || value === null) return String(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) {
      run?.spend(stepsPerMember);
      text += `${canonical(item, run)},`;
    }
    return `[${text}]`;
  }
  const keys = run?.keysOf(value) ?? Object.keys(value);
  for (const key of sorted(keys, run)) {
    text += `${canonical(key, run)}:${canonical((value as Record<string, unknown>)[key], run)},`;
  }
  return `{${text}}`;
}

/** Keys may have long beginnings in common, and each is compared several times. */
function sorted(keys: readonly string[], run: Run | null): readonly string[] {
  if (keys.length < 2) return keys;
  const times = Math.ceil(Math.log2(keys.length));
  for (const key of keys) run?.spend(times * (1 + (key.length >> 5)));
  return keys.toSorted();
}

export const isSimple = (value: unknown): boolean => typeof value !== 'object' || value === null;

/**
 * A simple value as a text. The hashes of numbers, and of texts that are numbers, are predictable: a tenant could choose values
 * that all collide, and each lookup would take as long as there are values.
 */
const nameOf = (value: unknown): string => (typeof value === 'string' ? `"${value}` : `=${String(value)}`);

function stepsOfName(value: unknown): number {
  if (typeof value === 'string') return value.length >> 4;
  return typeof value === 'number' ? stepsOfNumber(value) - stepsPerValue : 0;
}

/** A set of JSON values. A lookup takes time in proportion to the value's size, however many values the set has. */
export class ValueSet {
  readonly #simple = new Map<string, number>();
  readonly #others = new Map<string, number>();
  /** Length of its longest text: one that is longer is not looked up. */
  #longest = 0;

  /** @returns the index of an equal value that the set already has; null if the value was added */
  add(value: unknown, index: number, run: Run | null): number | null {
    if (typeof value === 'string') this.#longest = Math.max(this.#longest, value.length);
    run?.spend(2 * stepsPerLookUp);
    if (!isSimple(value)) return addTo(this.#others, canonical(value, run), index);
    run?.spend(stepsOfName(value));
    return addTo(this.#simple, nameOf(value), index);
  }

  has(value: unknown, run: Run): boolean {
    if (!isSimple(value)) return this.#others.size > 0 && this.#others.has(canonical(value, run));
    if (typeof value === 'string' && value.length > this.#longest) return false;
    run.spend(stepsPerLookUp + stepsOfName(value));
    return this.#simple.has(nameOf(value));
  }
}

function addTo<K>(map: Map<K, number>, key: K, index: number): number | null {
  const known = map.get(key);
  if (known === undefined) map.set(key, index);
  return known ?? null;
}

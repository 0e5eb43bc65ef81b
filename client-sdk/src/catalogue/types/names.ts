/** Gives names for declarations: each once, the same ones for the same input. */
export class Names {
  readonly #taken: Set<string>;

  /** @param taken - names that are used otherwise */
  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  /** A name made of what it stands for: `order.paid` is `OrderPaid`. */
  give(...parts: readonly string[]): string {
    const wanted = parts.map(capitalized).join('') || 'Value';
    const base = /^\d/.test(wanted) ? `_${wanted}` : wanted;
    let name = base;
    for (let count = 2; this.#taken.has(name); count++) name = `${base}${/\d$/.test(base) ? '_' : ''}${count}`;
    this.#taken.add(name);
    return name;
  }
}

const capitalized = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')
    .slice(0, 60);

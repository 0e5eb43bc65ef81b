/** The values of one statement. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Adds a value. @returns how the statement names it: `$1::uuid` */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

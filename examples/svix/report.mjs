// What became of everything, told at the end.

const maxExamples = 5;

export class Report {
  #counts = new Map();
  #notes = new Map();
  #left = [];

  /** Something of a kind, and what became of it. */
  count(kind, what, by = 1) {
    const counts = this.#counts.get(kind) ?? new Map();
    this.#counts.set(kind, counts.set(what, (counts.get(what) ?? 0) + by));
  }

  /** What was taken over, but not whole. */
  note(text, name) {
    const names = this.#notes.get(text) ?? new Set();
    this.#notes.set(text, names.add(name));
  }

  /** What could not be taken over. */
  left(what, reason) {
    this.#left.push(`${what}: ${reason}`);
  }

  get isWhole() {
    return this.#left.length === 0;
  }

  print({ apply }) {
    console.log(apply ? '\nDone.' : '\nA dry run: nothing was changed. With --apply it would be:');
    for (const [kind, counts] of this.#counts) {
      console.log(`  ${kind}: ${[...counts].map(([what, count]) => `${count} ${what.toLowerCase()}`).join(', ')}`);
    }
    if (this.#notes.size > 0) console.log('\nTo know:');
    for (const [text, names] of this.#notes) {
      const more = names.size > maxExamples ? `, and ${names.size - maxExamples} more` : '';
      console.log(`  ${text} (${names.size}): ${[...names].slice(0, maxExamples).join(', ')}${more}`);
    }
    if (this.#left.length > 0) console.log(`\nNot taken over (${this.#left.length}):`);
    for (const line of this.#left) console.log(`  ${line}`);
  }
}

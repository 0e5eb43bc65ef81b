/** ASCII text that grows as it is written, with one byte of memory for each character: a list of its pieces would take a hundred. */
export class AsciiWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param expected - about how many characters will be written */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected + 64);
  }

  get length(): number {
    return this.#length;
  }

  push(code: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(this.#bytes.length * 2);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.#length++] = code;
  }

  write(text: string): void {
    for (let at = 0; at < text.length; at++) this.push(text.charCodeAt(at));
  }

  /** Leaves nothing after `from` but these parts of it, in their order, with a text between two. */
  keep(from: number, parts: Iterable<readonly [from: number, to: number]>, between: string): void {
    const before = this.#bytes.slice(from, this.#length);
    this.#length = from;
    for (const [start, end] of parts) {
      if (this.#length > from) this.write(between);
      for (let at = start; at < end; at++) this.push(before[at - from] as number);
    }
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
}

const leastRoom = 1_024;

/**
 * A body as it comes, in one piece that grows. Pieces kept one by one would take some five hundred bytes each: of a body that is sent
 * byte by byte, five hundred times what its bound says.
 */
export class GatheredBytes {
  #room: Uint8Array = new Uint8Array();
  #size = 0;

  /** How many bytes have come. */
  get size(): number {
    return this.#size;
  }

  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength;
    if (this.#size === 0) {
      // Most bodies come in one piece, which is kept as it is.
      this.#room = chunk;
    } else {
      if (size > this.#room.byteLength) {
        const wider = new Uint8Array(Math.max(leastRoom, 2 * size));
        wider.set(this.whole());
        this.#room = wider;
      }
      this.#room.set(chunk, this.#size);
    }
    this.#size = size;
  }

  /** All that has come. It is not copied. */
  whole(): Uint8Array {
    return this.#room.subarray(0, this.#size);
  }
}

/** An event of a stream, as parsed from its text. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads Server-Sent Events as html.spec.whatwg.org says, and keeps the comments too. */
export class EventReader {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';
  /** Everything received, unchanged. */
  all = '';

  constructor(response: Response) {
    this.response = response;
    if (!response.body) throw new Error('The response has no body.');
    this.#reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  /** The next block of lines; null at the end. */
  async block(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end !== -1) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const text = this.#decoder.decode(value, { stream: true });
      this.all += text;
      this.#text += text;
    }
  }

  /** The next event, skipping comments; null at the end. */
  async next(): Promise<ServerEvent | null> {
    for (let block = await this.block(); block !== null; block = await this.block()) {
      const lines = block.split('\n').filter((line) => !line.startsWith(':'));
      if (lines.length === 0) continue;
      const of = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ''));
      return { event: of('event')[0] ?? 'message', data: of('data').join('\n') };
    }
    return null;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

import type { Logger } from 'pino';

const minuteMs = 60_000;

/** Failures to send to the collector: the first is a warning, and at the end of each minute one more tells how many followed. */
export class Complaints {
  #log: Logger | null = null;
  #held: unknown = null;
  #since: NodeJS.Timeout | null = null;
  #more = 0;

  /** What came before this is reported now. */
  reportTo(log: Logger): void {
    this.#log = log;
    if (this.#held !== null) this.add(this.#held);
    this.#held = null;
  }

  add(error: unknown): void {
    if (this.#log === null) {
      this.#held = error;
      return;
    }
    if (this.#since !== null) {
      this.#more++;
      return;
    }
    this.#warn(reasonOf(error));
  }

  #warn(reason: string): void {
    this.#log?.warn(
      { reason, ...(this.#more > 0 ? { more: this.#more } : {}) },
      'telemetry could not be sent to the collector',
    );
    this.#more = 0;
    this.#since = setTimeout(() => {
      this.#since = null;
      if (this.#more > 0) this.#warn(reason);
    }, minuteMs);
    this.#since.unref();
  }
}

/** A collector's own words, or those of the connection. They never hold the headers of a request. */
function reasonOf(error: unknown): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return [message, code]
    .filter((part) => (typeof part === 'string' && part !== '') || typeof part === 'number')
    .join(' ')
    .slice(0, 300);
}

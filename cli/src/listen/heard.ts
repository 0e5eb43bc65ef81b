/** How often it looks, in milliseconds. */
const tickMs = 1_000;
/** A tick that is later than this: the process slept. */
const asleepMs = 5_000;
/** A connection that died without a word is noticed within two pings. */
const doubtMs = 25_000;

/** Remembers until when this client surely heard everything, by its own clock. A machine that sleeps hears nothing. */
export class Heard {
  #until = Date.now();
  #tickedAt = performance.now();
  #wallAt = Date.now();
  #connected = false;
  /** After a sleep only a new connection counts: the old one may be dead and not know it. */
  #doubted = false;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  connection(connected: boolean): void {
    this.#connected = connected;
    this.#doubted = false;
  }

  #tick(): void {
    const now = Date.now();
    // The monotonic clock may stand still while a machine sleeps.
    if (Math.max(performance.now() - this.#tickedAt, now - this.#wallAt) > asleepMs) this.#doubted = true;
    else if (this.#connected && !this.#doubted) this.#until = Math.max(this.#until, now - doubtMs);
    this.#tickedAt = performance.now();
    this.#wallAt = now;
  }

  /** Milliseconds since 1970. */
  get until(): number {
    return this.#until;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

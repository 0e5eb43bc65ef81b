import type { Logger } from 'pino';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The level of a process's log, which changes while it runs. */
export class AdjustableLevel {
  readonly #log: Logger;
  readonly #configured: string;
  /** What the operator wants of all processes. */
  #wanted: string | null = null;
  /** Whether a signal asks this process for more. */
  #signalled = false;

  constructor(log: Logger) {
    this.#log = log;
    this.#configured = log.level;
  }

  /** In place of the configured level; null: that again. */
  override(level: string | null): void {
    this.#wanted = level;
    this.#apply('operator');
  }

  /** Switches to debug, whatever else is wanted, and at the next call back. */
  toggle(): void {
    this.#signalled = !this.#signalled;
    this.#apply('SIGUSR2');
  }

  #apply(by: string): void {
    const before = this.#log.level;
    const after = this.#signalled ? 'debug' : (this.#wanted ?? this.#configured);
    if (after === before) return;
    const say = () => this.#log.info({ from: before, to: after, by }, 'the level of this log changes');
    // Shown where one of the two levels shows it.
    if (this.#log.isLevelEnabled('info')) say();
    this.#log.level = after;
    if (!this.#log.levels.values[before] || this.#log.levels.values[before] > 30) say();
  }
}

const known = new WeakMap<Logger, AdjustableLevel>();

/** The adjustable level of a log. The log's own level, when this is first called, is the configured one. */
export function adjustableLevel(log: Logger): AdjustableLevel {
  const level = known.get(log) ?? new AdjustableLevel(log);
  known.set(log, level);
  return level;
}

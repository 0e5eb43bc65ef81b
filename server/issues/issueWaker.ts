import type { Logger } from 'pino';
import type { IssueRef } from './provider.ts';

/** Makes an issue's workflow look at what was reported, starting it where it does not run. */
export type SignalIssue = (issue: IssueRef) => Promise<void>;

/** Shortest time between two signals of this process for one issue: what comes meanwhile shares the later one. */
const gapMs = 2_000;
const tickMs = 50;
const atOnce = 16;
const pauseAfterFailureMs = [200, 1_000, 2_000, 5_000];
/** Beyond, issues are left to the sweep: what was reported lies in the database. */
const mostWaiting = 50_000;

const keyOf = ({ projectId, provider, externalId }: IssueRef) => `${projectId} ${provider} ${externalId}`;

/**
 * Wakes issues' workflows. What was reported is stored, so a signal says no more than "look", and a burst for one issue needs
 * few: the first at once, then at most one in a while. With Temporal away the wakes wait here; those of a process that dies
 * meanwhile are found by the sweep.
 */
export class IssueWaker {
  readonly #signal: SignalIssue;
  readonly #log: Logger;
  readonly #gapMs: number;
  /** When each issue may be signalled again. */
  readonly #quietUntil = new Map<string, number>();
  readonly #wanted = new Map<string, IssueRef>();
  #running: Promise<void> | null = null;
  #failures = 0;
  #closed = false;

  constructor(signal: SignalIssue, log: Logger, gap = gapMs) {
    this.#signal = signal;
    this.#log = log;
    this.#gapMs = gap;
  }

  wake(issue: IssueRef): void {
    if (this.#wanted.size >= mostWaiting) return;
    this.#wanted.set(keyOf(issue), issue);
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** Sends what is waiting, once, and stops. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    await this.#send([...this.#wanted.keys()]);
  }

  async #run(): Promise<void> {
    // What arrived in the same turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#wanted.size > 0 && !this.#closed) {
      const now = performance.now();
      await this.#send([...this.#wanted.keys()].filter((key) => (this.#quietUntil.get(key) ?? 0) <= now));
      if (this.#wanted.size > 0) await new Promise((resolve) => setTimeout(resolve, this.#pause()));
    }
    this.#running = null;
  }

  #pause(): number {
    if (this.#failures === 0) return tickMs;
    return pauseAfterFailureMs[Math.min(this.#failures, pauseAfterFailureMs.length) - 1] as number;
  }

  async #send(keys: string[]): Promise<void> {
    let failed: unknown;
    const worker = async () => {
      for (let key = keys.shift(); key !== undefined && failed === undefined; key = keys.shift()) {
        const issue = this.#wanted.get(key) as IssueRef;
        this.#wanted.delete(key);
        try {
          this.#quietUntil.set(key, performance.now() + this.#gapMs);
          await this.#signal(issue);
        } catch (error) {
          failed = error;
          this.#quietUntil.delete(key);
          this.#wanted.set(key, issue);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (failed === undefined) {
      this.#failures = 0;
      this.#forgetPast();
    } else if (this.#failures++ === 0) {
      this.#log.warn({ err: failed }, 'Temporal does not take wakes of issues now; they are kept and sent again');
    }
  }

  #forgetPast(): void {
    if (this.#quietUntil.size < 1_000) return;
    const now = performance.now();
    for (const [key, until] of this.#quietUntil) if (until <= now) this.#quietUntil.delete(key);
  }
}

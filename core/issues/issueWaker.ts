import type { Logger } from 'pino';
import { Gaps } from '../ground/gaps.ts';
import type { IssueRef } from './provider.ts';

/** Makes an issue's workflow look at what was reported, starting it where it does not run. */
export type SignalIssue = (issue: IssueRef) => Promise<void>;

/**
 * Shortest time between two signals of this process for one issue: what comes meanwhile shares the later one. It doubles
 * while reports keep coming. Milliseconds.
 */
const gaps = { first: 2_000, longest: 8_000 };
const tickMs = 50;
/**
 * Signals under way, and the longest rest after one, in milliseconds. Each is followed by a rest as long as it took and, while
 * reports are being stored, many times as long as that takes: what a signal sets off costs far more than the reports
 * themselves, and a burst over many issues must not take the machine, or the database, from those who report.
 */
const atOnce = 2;
const restsPerStore = 48;
const longestRestMs = 500;
const pauseAfterFailureMs = [200, 1_000, 2_000, 5_000];
/** Beyond, issues are left to the sweep: what was reported lies in the database. */
const mostWaiting = 50_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const keyOf = ({ projectId, provider, externalId }: IssueRef) => `${projectId} ${provider} ${externalId}`;

/**
 * Wakes issues' workflows. What was reported is stored, so a signal says no more than "look", and a burst for one issue needs
 * few: the first at once, then at most one in a while. With Temporal away the wakes wait here; those of a process that dies
 * meanwhile are found by the sweep.
 */
export class IssueWaker {
  readonly #signal: SignalIssue;
  readonly #log: Logger;
  readonly #storingMs: () => number;
  readonly #gaps = new Gaps(gaps);
  readonly #wanted = new Map<string, IssueRef>();
  #running: Promise<void> | null = null;
  #failures = 0;
  #closed = false;

  /** @param storingMs - how long it takes now to store what is reported, in milliseconds; 0 while nothing is */
  constructor(signal: SignalIssue, log: Logger, storingMs: () => number = () => 0) {
    this.#signal = signal;
    this.#log = log;
    this.#storingMs = storingMs;
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
      await this.#send([...this.#wanted.keys()].filter((key) => this.#gaps.remaining(key) === 0));
      if (this.#wanted.size > 0) await pause(this.#pauseMs());
    }
    this.#running = null;
  }

  #pauseMs(): number {
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
          this.#gaps.begin(key);
          const beganAt = performance.now();
          await this.#signal(issue);
          const tookMs = performance.now() - beganAt;
          const restMs = tookMs + restsPerStore * this.#storingMs();
          if (keys.length > 0 && !this.#closed) await pause(Math.min(restMs, longestRestMs));
        } catch (error) {
          failed = error;
          this.#gaps.end(key);
          this.#wanted.set(key, issue);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (failed === undefined) {
      this.#failures = 0;
    } else if (this.#failures++ === 0) {
      this.#log.warn({ err: failed }, 'Temporal does not take wakes of issues now; they are kept and sent again');
    }
  }
}

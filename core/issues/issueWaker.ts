import type { Logger } from 'pino';
import { KeyedWaker } from '../ground/keyedWaker.ts';
import type { IssueRef } from './provider.ts';

/** Makes an issue's workflow look at what was reported, starting it where it does not run. */
export type SignalIssue = (issue: IssueRef) => Promise<void>;

/**
 * Shortest time between two signals of this process for one issue: what comes meanwhile shares the later one. It doubles
 * while reports keep coming. Milliseconds.
 */
const gaps = { first: 2_000, longest: 8_000 };
/**
 * Signals under way, and the longest rest after one, in milliseconds. Each is followed by a rest as long as it took and, while
 * reports are being stored, many times as long as that takes: what a signal sets off costs far more than the reports
 * themselves, and a burst over many issues must not take the machine, or the database, from those who report.
 */
const atOnce = 2;
const restsPerStore = 48;
const maxRestMs = 500;
/** Beyond, issues are left to the sweep: what was reported lies in the database. */
const maxWaiting = 50_000;

const keyOf = ({ projectId, provider, externalId }: IssueRef) => `${projectId} ${provider} ${externalId}`;

/**
 * Wakes issues' workflows. What was reported is stored, so a signal says no more than "look", and a burst for one issue needs
 * few: the first at once, then at most one in a while. With Temporal away the wakes wait here; those of a process that dies
 * meanwhile are found by the sweep.
 */
export class IssueWaker {
  readonly #wakes: KeyedWaker<IssueRef>;

  /** @param storingMs - how long it takes now to store what is reported, in milliseconds; 0 while nothing is */
  constructor(signal: SignalIssue, log: Logger, storingMs: () => number = () => 0) {
    this.#wakes = new KeyedWaker({
      gaps,
      gatherMs: 0,
      atOnce,
      send: (_key, issue) => signal(issue),
      keep: (issue) => issue,
      restMs: (tookMs) => Math.min(tookMs + restsPerStore * storingMs(), maxRestMs),
      log,
      complaint: 'Temporal does not take wakes of issues now; they are kept and sent again',
    });
  }

  wake(issue: IssueRef): void {
    if (this.#wakes.size < maxWaiting) this.#wakes.want(keyOf(issue), issue);
  }

  /** Sends what is waiting, once, and stops. */
  close(): Promise<void> {
    return this.#wakes.close();
  }
}

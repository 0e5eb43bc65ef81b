import type { Logger } from 'pino';
import { KeyedWaker } from '../fairness/keyedWaker.ts';
import type { IssueRef, OwnedIssue } from './provider.ts';

/** Has an issue's workflow read its new reports, and starts it if it does not run. */
export type SignalIssue = (issue: OwnedIssue) => Promise<void>;

/**
 * Minimum time between two signals of this process for one issue; reports that come meanwhile share the later one. It doubles
 * while reports keep coming. Milliseconds.
 */
const gaps = { firstMs: 2_000, maxMs: 8_000 };
/**
 * Concurrent signals, and the maximum rest after one in milliseconds. The rest is as long as the signal took and, while reports
 * are being stored, many times as long as a commit: a signal causes far more work than a report, and a burst over many issues
 * must not take the machine or the database from those who report.
 */
const atOnce = 2;
const restsPerStore = 48;
const maxRestMs = 500;
/** Beyond this, the sweep finds the issues: their reports are in the database. */
const maxWaiting = 50_000;

const keyOf = ({ projectId, provider, externalId }: IssueRef) => `${projectId} ${provider} ${externalId}`;

/**
 * Wakes issues' workflows. Reports are stored, so a signal carries nothing, and a burst for one issue needs few: the first at
 * once, then ever fewer. While Temporal is away the wakes wait here; if the process dies meanwhile, the sweep finds the issues.
 */
export class IssueWaker {
  readonly #wakes: KeyedWaker<OwnedIssue>;

  /** @param storingMs - current duration of a commit of reports, in milliseconds; 0 while there is none */
  constructor(signal: SignalIssue, log: Logger, storingMs: () => number = () => 0) {
    this.#wakes = new KeyedWaker({
      gaps,
      gatherMs: 0,
      atOnce,
      send: (_key, issue) => signal(issue),
      keep: (issue) => issue,
      holderOf: ({ organizationId }) => organizationId,
      restMs: (tookMs) => Math.min(tookMs + restsPerStore * storingMs(), maxRestMs),
      log,
      complaint: 'Temporal does not take wakes of issues now; they are kept and sent again',
    });
  }

  wake(issue: OwnedIssue): void {
    if (this.#wakes.size < maxWaiting) this.#wakes.want(keyOf(issue), issue);
  }

  /** Sends what waits, once, and stops. */
  close(): Promise<void> {
    return this.#wakes.close();
  }
}

import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { pruneAudit } from '../audit/pruneAudit.ts';
import { forgottenDeletions } from '../deletions/removeSome.ts';
import { pruneLog } from '../deliveries/pruneLog.ts';
import type { Waker } from '../deliveries/waker.ts';
import { forgottenErasures } from '../erasures/eraseSome.ts';
import { allOf } from '../ground/allOf.ts';
import type { HealthAnnouncer } from '../health/announce.ts';
import type { IssueWaker } from '../issues/issueWaker.ts';
import { expireInboundEvents, sweepIssues } from '../issues/sweepIssues.ts';
import { expireListeners } from '../listeners/expire.ts';
import type { Notifier } from '../live/notifier.ts';
import { forgottenRecoveries } from '../recoveries/recoverSome.ts';
import { foldMinutes } from '../stats/fold.ts';
import { forgottenPauses } from '../webhooks/resumeSome.ts';
import { retireForgotten } from '../webhooks/retireDue.ts';
import { sweepDeliveries } from './deliveries.ts';
import { forgetEnded } from './ended.ts';
import { expireKeys, forgetProcesses } from './expired.ts';

export interface SweepParts {
  readonly pool: Pool;
  readonly waker: Waker;
  readonly notifier: Notifier;
  readonly announcer: HealthAnnouncer;
  readonly issueWaker: Pick<IssueWaker, 'wake'>;
  /** Starts the workflow of a recovery, or leaves the one that runs. */
  readonly startRecovery: (recoveryId: string, organizationId: string) => Promise<void>;
  /** The same for a deletion. */
  readonly startDeletion: (deletionId: string, organizationId: string) => Promise<void>;
  /** The same of an erasure. */
  readonly startErasure: (erasureId: string, organizationId: string) => Promise<void>;
  /** Starts the workflow that resumes a webhook, or leaves the one that runs. */
  readonly startResume: (webhookId: string, organizationId: string) => Promise<void>;
  /** How long the delivery log is kept, in milliseconds; null means for ever. */
  readonly retentionMs: number | null;
  /** The same of the audit log. */
  readonly auditRetentionMs: number | null;
  readonly log: Logger;
  /** Called when a job has ended. */
  readonly onSwept?: (job: string, outcome: 'done' | 'failed') => void;
  /** Called at once with the names of all jobs. */
  readonly onJobs?: (jobs: readonly string[]) => void;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Time limit of a job that can continue in the next sweep, ten seconds later. Milliseconds. */
const maxJobMs = 4_000;

/**
 * The jobs of the sweep. Each one reads the present state, so it may run twice, late or in any process. It returns how much it
 * found to do. A job that fails is logged and counted by its name, and throws.
 */
export function createSweepJobs(parts: SweepParts) {
  const {
    pool,
    waker,
    notifier,
    announcer,
    issueWaker,
    retentionMs,
    auditRetentionMs,
    log,
    onSwept = () => {},
    onJobs = () => {},
  } = parts;

  /** Starts the workflows of what was forgotten, all that can be. */
  const startAll = async (
    forgotten: readonly { readonly id: string; readonly organizationId: string }[],
    start: SweepParts['startRecovery'],
  ): Promise<number> => {
    await allOf(forgotten.map(({ id, organizationId }) => start(id, organizationId)));
    return forgotten.length;
  };

  const job =
    (name: string, work: () => Promise<number>): (() => Promise<number>) =>
    async () => {
      try {
        const found = await work();
        onSwept(name, 'done');
        return found;
      } catch (error) {
        onSwept(name, 'failed');
        log.warn({ err: error, job: name }, `a job of the sweep failed: ${name}; it is tried again`);
        throw error;
      }
    };

  const jobs = {
    /** Hands deliveries of dead processes, and overdue ones, to their webhooks' workflows. */
    sweepDeliveries: job('sweepDeliveries', async () => {
      const now = Date.now();
      return sweepDeliveries(pool, (webhookId) => waker.wakeAnyway(webhookId, now));
    }),
    sweepHealth: job('sweepHealth', () => announcer.announceForgotten(maxJobMs)),
    /** Wakes the workflows of issues whose reports were forgotten. */
    sweepIssues: job('sweepIssues', async () => {
      const issues = await sweepIssues(pool);
      for (const issue of issues) issueWaker.wake(issue);
      return issues.length;
    }),
    /** Retires secrets whose workflows were forgotten, and takes listeners away whose clients did not come back. */
    sweepSecrets: job('sweepSecrets', async () =>
      sum(await allOf([retireForgotten(pool), expireListeners(pool, notifier)])),
    ),
    /** Starts the workflows of recoveries, erasures and resuming webhooks that were forgotten. */
    sweepRecoveries: job('sweepRecoveries', async () => {
      const resume = async () => {
        const { deleted, resuming } = await forgottenPauses(pool);
        for (const webhookId of deleted) waker.wakeAnyway(webhookId, Date.now());
        return (await startAll(resuming, parts.startResume)) + deleted.length;
      };
      const begun = await allOf([
        forgottenRecoveries(pool).then((recoveries) => startAll(recoveries, parts.startRecovery)),
        forgottenErasures(pool).then((erasures) => startAll(erasures, parts.startErasure)),
        resume(),
      ]);
      return sum(begun);
    }),
    sweepDeletions: job('sweepDeletions', async () => startAll(await forgottenDeletions(pool), parts.startDeletion)),
    foldStatistics: job('foldStatistics', () => foldMinutes(pool)),
    /** Deletes expired idempotency keys and sessions, and the portal links, API keys and webhooks that ended a while ago. */
    expireKeys: job('expireKeys', async () =>
      sum(await allOf([expireKeys(pool, maxJobMs), forgetEnded(pool, maxJobMs)])),
    ),
    expireInboundEvents: job('expireInboundEvents', () => expireInboundEvents(pool, maxJobMs)),
    forgetProcesses: job('forgetProcesses', () => forgetProcesses(pool)),
    pruneLog: job('pruneLog', async () => {
      const pruned = await allOf([
        auditRetentionMs === null ? 0 : pruneAudit(pool, auditRetentionMs, maxJobMs),
        retentionMs === null
          ? 0
          : pruneLog(pool, retentionMs, maxJobMs).then(({ deliveries, events }) => deliveries + events),
      ]);
      return sum(pruned);
    }),
  };
  onJobs(Object.keys(jobs));
  return jobs;
}

export type SweepJobs = ReturnType<typeof createSweepJobs>;

import { isCancellation, patched, proxyActivities } from '@temporalio/workflow';
import type { SweepJobs } from '../core/sweep/jobs.ts';
import type { Activities } from './activities/activities.ts';

/** Most jobs are a statement or two; the next sweep does what this one could not. */
const quick = proxyActivities<Activities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});

/** These work through a backlog, one part per sweep. The next sweep starts when this one has ended, so they are short. */
const long = proxyActivities<Activities>({
  startToCloseTimeout: '15 seconds',
  scheduleToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 1 },
});

const jobs: SweepJobs = {
  sweepDeliveries: quick.sweepDeliveries,
  sweepHealth: quick.sweepHealth,
  sweepIssues: quick.sweepIssues,
  sweepSecrets: quick.sweepSecrets,
  sweepRecoveries: quick.sweepRecoveries,
  sweepDeletions: quick.sweepDeletions,
  expireKeys: quick.expireKeys,
  expireInboundEvents: quick.expireInboundEvents,
  forgetProcesses: quick.forgetProcesses,
  foldStatistics: long.foldStatistics,
  pruneLog: long.pruneLog,
};

/** The outcome of each job: how many items it handled; null if it failed. */
export type SweepOutcome = { readonly [job in keyof SweepJobs]: number | null };

const { sweepOnce } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 3 } });

/**
 * Run by a Schedule: takes over what a dead process left behind, and deletes what has expired. Each job is an activity of
 * its own, with its own deadline and retry, so one that fails stops no other.
 */
export async function sweep(): Promise<SweepOutcome | number> {
  // Sweeps that ran when this code came had one activity for everything.
  if (!patched('sweep-in-jobs')) return sweepOnce();
  const all = Object.keys(jobs) as (keyof SweepJobs)[];
  // A sweep that ran when this job came does not have it in its history.
  const names = patched('sweep-deletions') ? all : all.filter((name) => name !== 'sweepDeletions');
  const ended = await Promise.allSettled(names.map((name) => jobs[name]()));
  const outcome = {} as Record<keyof SweepJobs, number | null>;
  for (const [index, each] of ended.entries()) {
    if (each.status === 'rejected' && isCancellation(each.reason)) throw each.reason;
    outcome[names[index] as keyof SweepJobs] = each.status === 'fulfilled' ? each.value : null;
  }
  return outcome;
}

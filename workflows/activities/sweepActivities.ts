import { createSweepJobs, type SweepParts } from '../../core/sweep/jobs.ts';

/** The activities of the sweep: each job is one of its own. */
export function createSweepActivities(parts: SweepParts) {
  const jobs = createSweepJobs(parts);
  return {
    ...jobs,

    /** All of it at once: sweeps that were begun before their jobs were activities of their own still ask for it. */
    async sweepOnce(): Promise<number> {
      const outcomes = await Promise.allSettled(Object.values(jobs).map((job) => job()));
      const failed = outcomes.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
      const [released] = outcomes;
      return released?.status === 'fulfilled' ? released.value : 0;
    },
  };
}

import { createSweepJobs, type SweepParts } from '../../core/sweep/jobs.ts';

/** The activities of the sweep, one for each job. */
export function createSweepActivities(parts: SweepParts) {
  const jobs = createSweepJobs(parts);
  return {
    ...jobs,

    /** All jobs at once, for sweeps that began before each job had its own activity. */
    async sweepOnce(): Promise<number> {
      const outcomes = await Promise.allSettled(Object.values(jobs).map((job) => job()));
      const failed = outcomes.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
      const [released] = outcomes;
      return released?.status === 'fulfilled' ? released.value : 0;
    },
  };
}

import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from './activities/activities.ts';

const { sweepOnce } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3 },
});

/** Run by a Schedule: hands on what a process that died left behind. */
export async function sweep(): Promise<number> {
  return sweepOnce();
}

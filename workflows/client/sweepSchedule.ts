import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { sweepScheduleId, taskQueue } from '../names.ts';

/** Interval of the sweeps, in milliseconds. */
export const sweepEveryMs = 10_000;

/** Makes the Schedule that sweeps, if it does not exist yet. */
export async function ensureSweepSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: sweepScheduleId,
      spec: { intervals: [{ every: sweepEveryMs }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '10 seconds' },
      action: { type: 'startWorkflow', workflowType: 'sweep', workflowId: sweepScheduleId, taskQueue, args: [] },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

import { continueAsNew, defineSignal, proxyActivities, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { IssueRef } from '../core/issues/provider.ts';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

/** The issue was reported. The database holds the reports. */
export const reportedSignal = defineSignal('reported');

const { syncIssueOnce } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  ...untilDone,
});

/** Minimum interval between two fetches; it doubles while reports keep coming. Milliseconds. */
const gap = { first: 2_500, max: 10_000 };

/**
 * Owns one issue's sync: fetches it once for all earlier reports, then rests, so that a burst causes few fetches, the
 * last of them after its last report. Durable timers wait for limits and failures.
 */
export async function syncIssue(issue: IssueRef): Promise<void> {
  let reported = true;
  let failures = 0;
  let gapMs = gap.first;
  setHandler(reportedSignal, () => {
    reported = true;
  });

  while (reported) {
    reported = false;
    const result = await syncIssueOnce({ issue, now: Date.now(), failures });
    if (result.kind === 'done') {
      failures = 0;
      if (result.more) reported = true;
      else {
        await sleep(gapMs);
        gapMs = Math.min(gapMs * 2, gap.max);
      }
    } else {
      // Reports that come meanwhile wait with the others: the tracker gets no request.
      if (result.kind === 'failed') failures++;
      await sleep(result.waitMs);
      reported = true;
    }
    if (reported && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncIssue>(issue);
  }
}

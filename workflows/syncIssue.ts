import { continueAsNew, defineSignal, proxyActivities, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { IssueRef } from '../core/issues/provider.ts';
import type { Activities } from './activities/activities.ts';
import { untilDone } from './untilDone.ts';

/** Something was reported of the issue. What it was lies in the database. */
export const reportedSignal = defineSignal('reported');

const { syncIssueOnce } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  ...untilDone,
});

/** Shortest time between two fetches, which doubles while reports keep coming. Milliseconds. */
const gap = { first: 2_500, longest: 10_000 };

/**
 * Owns one issue's sync: fetches it once for everything that was reported before, then rests, so that a burst is answered by
 * few fetches, the last of which is later than its last report. Limits and failures are waited for by durable timers.
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
        gapMs = Math.min(gapMs * 2, gap.longest);
      }
    } else {
      // Reports that come meanwhile wait with the others: the tracker is left alone.
      if (result.kind === 'failed') failures++;
      await sleep(result.waitMs);
      reported = true;
    }
    if (reported && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncIssue>(issue);
  }
}

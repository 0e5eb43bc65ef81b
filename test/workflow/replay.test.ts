import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { workflowBundle } from '../support/workflowWorker.ts';

const folder = join(packageRoot, 'test/fixtures/histories');

function historyIn(name: string) {
  return temporal.api.history.v1.History.fromObject(JSON.parse(readFileSync(join(folder, name), 'utf8')));
}
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));

/**
 * Histories of workflows that ran on released versions. A deploy gives running workflows to the new code, so all of them must
 * replay on it. One that no longer does needs a `patched` branch in the workflow, not a new recording.
 */
describe('workflow code of today', () => {
  for (const name of histories) {
    it(`replays ${name}`, async () => {
      await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, historyIn(name), name);
    });
  }

  it('is told apart from code that would do something else', async () => {
    const [name] = histories as [string];
    const history = historyIn(name);
    const { EventType } = temporal.api.enums.v1;
    const timer = history.events.find((event) => event.eventType === EventType.EVENT_TYPE_TIMER_STARTED);
    const activity = history.events.find((event) => event.eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
    Object.assign(activity as object, {
      eventType: EventType.EVENT_TYPE_TIMER_STARTED,
      activityTaskScheduledEventAttributes: null,
      timerStartedEventAttributes: timer?.timerStartedEventAttributes,
    });
    const replay = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
    await expect(replay).rejects.toThrow(/nondeterminism/i);
  });
});

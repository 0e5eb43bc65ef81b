import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onceAMinute } from '../../../core/ground/quietLog.ts';
import { sdkLog } from '../../../workflows/worker/sdkLog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function logged() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info', hooks: { logMethod: onceAMinute() } },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  return { lines, sdk: sdkLog(log) };
}

it('activities that fail because a part is away are one line a cause and minute, without a stack', () => {
  const { lines, sdk } = logged();
  const ended = Object.assign(new Error('terminating connection'), { code: '57P01' });
  for (const activityType of ['sweepHealth', 'sweepIssues'])
    sdk.warn('Activity failed', { activityType, error: ended });
  expect(lines).toMatchObject([
    {
      msg: 'Activity failed',
      component: 'temporal',
      part: 'database',
      cause: '57P01',
      reason: 'terminating connection',
    },
  ]);
  expect(JSON.stringify(lines)).not.toContain('stack');
  vi.advanceTimersByTime(60_000);
  expect(lines.slice(1)).toMatchObject([{ cause: '57P01', repeated: { 'Activity failed': 1 } }]);
});

it('an activity that fails by a fault of ours is told of with its message and stack', () => {
  const { lines, sdk } = logged();
  for (const _ of [1, 2]) sdk.warn('Activity failed', { error: new TypeError('x is not a function') });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ err: { message: 'x is not a function', stack: expect.any(String) } });
});

it('what the core says of a call that failed stays as it is, unless the call found a part away', () => {
  const { lines, sdk } = logged();
  sdk.warn('Error while completing workflow activation', { error: 'Status { code: InvalidArgument, message: "no" }' });
  sdk.warn('Error while completing workflow activation', { error: 'Status { code: Unavailable, message: "gone" }' });
  sdk.warn('Task not found when completing', {});
  expect(lines).toMatchObject([
    { error: 'Status { code: InvalidArgument, message: "no" }' },
    { part: 'temporal', cause: 'gRPC UNAVAILABLE', reason: 'gone' },
  ]);
});

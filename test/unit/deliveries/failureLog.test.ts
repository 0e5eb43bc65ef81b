import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FailureLog } from '../../../core/deliveries/failureLog.ts';
import type { AttemptResult } from '../../../core/deliveries/task.ts';

const lines: { msg: string; webhookId?: string; unlogged?: number; webhooks?: number; most?: object }[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });

/** What the log reads of an attempt. */
const attempt = (webhookId: string, status: AttemptResult['status'] = 'RETRYING') =>
  ({
    task: { attempt: 1, envelope: { deliveryId: 'd', organizationId: 'o', webhookId } },
    ...{ outcome: 'TIMEOUT', responseCode: null, durationMs: 5, status, nextAttemptAt: null },
  }) as unknown as AttemptResult;

describe('the log of failed attempts', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    lines.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('has five lines a minute of a webhook, and one that counts the rest', () => {
    const failures = new FailureLog(log);
    failures.note(Array.from({ length: 20 }, () => attempt('busy')));
    failures.note([attempt('other'), attempt('well', 'DELIVERED')]);
    expect(lines.map(({ webhookId }) => webhookId)).toEqual([...Array(5).fill('busy'), 'other']);
    vi.advanceTimersByTime(60_000);
    expect(lines.at(-1)).toMatchObject({ unlogged: 15, webhooks: 2, most: { busy: 20, other: 1 } });
    failures.note([attempt('busy')]);
    expect(lines.at(-1)).toMatchObject({ msg: 'an attempt failed', webhookId: 'busy' });
  });

  it('has 600 lines a minute of all webhooks together, and says nothing of a quiet minute', () => {
    const failures = new FailureLog(log);
    for (let round = 0; round < 3; round++) {
      failures.note(Array.from({ length: 400 }, (_, index) => attempt(`w${round} ${index}`)));
    }
    expect(lines).toHaveLength(600);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(601);
    expect(lines.at(-1)).toMatchObject({ unlogged: 600, webhooks: 1_200 });
    expect(Object.keys(lines.at(-1)?.most ?? {})).toHaveLength(10);
    failures.note([attempt('few')]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(602);
  });
});

import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Pool } from 'pg';
import { type DrainParts, drain } from '../../server/deliveries/drain.ts';
import { pruneLog } from '../../server/deliveries/pruneLog.ts';
import { sweep } from '../../server/deliveries/sweep.ts';
import type { Waker } from '../../server/deliveries/waker.ts';
import type { HealthAnnouncer } from '../../server/health/announce.ts';
import { createIssueActivities, type IssueActivityParts } from './issueActivities.ts';
import { createLifecycleActivities, type LifecycleActivityParts } from './lifecycleActivities.ts';

/** Of the ten seconds between two sweeps. */
const pruneAtMostMs = 4_000;

/** Arguments and results that pass through workflows' histories: ids and times, never payloads. */
export interface AttemptDueInput {
  readonly webhookId: string;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock's where time is skipped. */
  readonly now: number;
}

export interface ActivityParts extends DrainParts {
  readonly pool: Pool;
  readonly waker: Waker;
  readonly announcer: HealthAnnouncer;
  readonly issues: IssueActivityParts;
  /** How the workflows of secrets and recoveries are started. */
  readonly workflows: LifecycleActivityParts['workflows'];
  /** How long the delivery log is kept, in milliseconds; null: for ever. */
  readonly retentionMs: number | null;
  /** Longest that one activity keeps taking new work, in milliseconds. */
  readonly drainAtMostMs: number;
}

/** The activities of a worker process, made with what it has opened. */
export function createActivities(parts: ActivityParts) {
  const issues = createIssueActivities(parts.issues);
  const lifecycle = createLifecycleActivities({ ...parts, atMostMs: parts.drainAtMostMs });
  return {
    ...issues,
    ...lifecycle,

    /** Attempts what is due; returns milliseconds until the webhook's next delivery is, or null where none waits. */
    async attemptDue(input: AttemptDueInput): Promise<number | null> {
      const beganAt = Date.now();
      const lead = Math.max(0, input.now - beganAt);
      const timer = setInterval(() => heartbeat(), 2_000);
      try {
        return await drain(parts, input.webhookId, {
          chance: { now: () => Date.now() + lead, random: Math.random },
          onProgress: () => heartbeat(),
          atMostMs: parts.drainAtMostMs,
          signal: cancellationSignal(),
        });
      } finally {
        clearInterval(timer);
      }
    },

    /** Goes on with everything that a dead process left behind; returns how many deliveries it had leased. */
    async sweepOnce(): Promise<number> {
      const { released, webhookIds } = await sweep(parts.pool);
      const now = Date.now();
      for (const webhookId of webhookIds) parts.waker.wakeAnyway(webhookId, now);
      await parts.announcer.announceForgotten();
      await issues.sweepIssuesOnce();
      await lifecycle.sweepLifecycleOnce();
      if (parts.retentionMs !== null) await pruneLog(parts.pool, parts.retentionMs, pruneAtMostMs);
      return released;
    },
  };
}

export type Activities = ReturnType<typeof createActivities>;

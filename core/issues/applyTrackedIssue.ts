import type { Pool } from 'pg';
import type { RouteCache } from '../deliveries/routing.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { Notifier } from '../live/notifier.ts';
import { lockIntegration } from './lockIntegration.ts';
import type { ProjectForSync } from './openIntegration.ts';
import { type PendingEvent, settle } from './pending.ts';
import type { IssueRef } from './provider.ts';
import { publishIssueChange, StaleRoutes } from './publishIssueChange.ts';
import { type StoredChange, storeIssue } from './storeIssue.ts';
import type { TrackedIssue } from './trackers/tracker.ts';

export interface ApplyParts {
  readonly pool: Pool;
  readonly routes: RouteCache;
  readonly notifier: Notifier;
  /** Wakes the workflows of the webhooks that get the change. */
  readonly waker: Waker;
}

const maxRounds = 20;

/**
 * Stores an issue as the tracker showed it, publishes the change to the project's webhooks, and ends the reports that led to the
 * fetch, all or nothing.
 *
 * @returns whether it was stored; false where the integration has changed since: then fetch the issue again
 */
export async function applyTrackedIssue(
  parts: ApplyParts,
  ref: IssueRef,
  { organizationId, ownerId, profile }: ProjectForSync,
  integration: { readonly id: string; readonly changedAt: Date },
  events: readonly PendingEvent[],
  tracked: TrackedIssue | null,
): Promise<boolean> {
  const { pool, routes, notifier, waker } = parts;
  for (let round = 0; round < maxRounds; round++) {
    const route = await routes.of(organizationId);
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      if (!(await lockIntegration(client, integration))) {
        await client.query('ROLLBACK');
        return false;
      }
      const stored = await storeIssue(client, ref, organizationId, ownerId, tracked);
      const published = stored && (await publishIssueChange(client, route, profile, stored));
      await settle(client, events, 'DELIVERED', outcome(stored, tracked));
      await client.query('COMMIT');
      if (stored) notifier.changed(organizationId, [stored.issue.id], 'issue');
      notifier.changed(organizationId, [...events.map((event) => event.deliveryId), ...(published?.deliveryIds ?? [])]);
      const now = Date.now();
      for (const webhookId of published?.webhookIds ?? []) waker.wake(webhookId, now);
      return true;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      if (!(error instanceof StaleRoutes)) throw error;
      routes.forget(organizationId);
    } finally {
      client.release();
    }
  }
  throw new Error(`The organization’s webhooks changed in each of ${maxRounds} tries to store an issue.`);
}

/** A report's outcome, for the delivery log. */
function outcome(stored: StoredChange | null, tracked: TrackedIssue | null): string {
  if (stored) {
    const verb = { created: 'was created', updated: 'was updated', deleted: 'is marked as removed' }[stored.change];
    return `The issue ${stored.issue.key} ${verb}.`;
  }
  if (tracked) return `The issue ${tracked.key} was fetched; none of its stored fields had changed.`;
  return 'The tracker has no such issue, or does not show it to the integration.';
}

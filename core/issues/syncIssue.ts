import type { Logger } from 'pino';
import { EgressFailure } from '../sender/egress.ts';
import { type ApplyParts, applyTrackedIssue } from './applyTrackedIssue.ts';
import type { OpenIntegrations, ProjectForSync } from './openIntegration.ts';
import { maxPending, type PendingEvent, pendingOf, postpone, settle } from './pending.ts';
import type { IssueRef, TrackerName } from './provider.ts';
import { syncFailure } from './syncFailure.ts';
import { type TrackedIssue, type Tracker, TrackerFailure } from './trackers/tracker.ts';

export interface SyncParts extends ApplyParts {
  readonly integrations: OpenIntegrations;
  readonly log: Logger;
  /** Called after every fetch of an issue. */
  readonly onFetched?: (provider: TrackerName, outcome: FetchOutcome, durationMs: number) => void;
}

/** `gone`: the tracker has no such issue, or does not show it; `limited`: its rate limit was reached; `failed`: no usable answer. */
export type FetchOutcome = 'found' | 'gone' | 'limited' | 'failed';

export interface SyncInput {
  readonly issue: IssueRef;
  /** The workflow's time, milliseconds since the epoch: ahead of the clock where tests skip time. */
  readonly now: number;
  /** How often the tracker has failed in a row. */
  readonly failures: number;
}

export type SyncResult =
  /** The reports so far are handled; `more`: some of them are left. */
  | { readonly kind: 'done'; readonly more: boolean }
  /** Try again after so many milliseconds. */
  | { readonly kind: 'limited' | 'failed'; readonly waitMs: number };

/** Delays between tries where the tracker cannot be reached or refuses. After the last one the reports fail. Milliseconds. */
export const retriesMs: readonly number[] = [10_000, 60_000, 300_000, 1_800_000, 7_200_000];

/**
 * Longest single sleep of a workflow whose tracker is limited; then it checks how long is left. Reports still wake it, and it
 * can begin a new history only between two sleeps. Milliseconds.
 */
const maxSleepMs = 3_600_000;

/**
 * Fetches one issue and stores it: one fetch for all reports that came before it began. Later reports stay pending for the next
 * fetch.
 */
export async function syncIssue(parts: SyncParts, { issue, now, failures }: SyncInput): Promise<SyncResult> {
  const { pool, integrations } = parts;
  const events = await pendingOf(pool, issue);
  const [newest] = events;
  if (!newest) return { kind: 'done', more: false };
  const more = events.length === maxPending;

  const project = await integrations.ofProject(issue.projectId);
  const integration = project?.integration;
  if (!project || !integration || integration.provider !== issue.provider) {
    await end(
      parts,
      project,
      events,
      'CANCELLED',
      'The integration was removed or changed before the issue could be fetched.',
    );
    return { kind: 'done', more };
  }
  const lead = Math.max(0, now - Date.now());
  const pausedMs = (integration.pausedUntil ?? 0) - Date.now() - lead;
  if (pausedMs > 0) return wait(parts, project, events, 'limited', spread(pausedMs), 'The tracker limits its use.');

  try {
    const tracked = await fetchIssue(parts, issue, await integration.open(), newest.locator);
    const kept = await applyTrackedIssue(parts, issue, project, integration, events, tracked);
    return { kind: 'done', more: more || !kept };
  } catch (error) {
    // The installation could not send: the tracker is not to blame, and no try is used up.
    if (error instanceof EgressFailure) {
      return wait(
        parts,
        project,
        events,
        'limited',
        spread(Math.max(1_000, error.retryAfterMs)),
        `Not fetched yet: ${error.message}`,
      );
    }
    const failure = syncFailure(error);
    if (failure === null) throw error;
    const cause = failure === error ? {} : { err: error };
    parts.log.warn(
      { ...issue, failures, reason: failure.message, ...cause },
      'an issue could not be synchronized with its tracker',
    );
    if (failure.kind === 'limited') {
      await integrations.pause(integration.id, failure.retryAfterMs + lead);
      return wait(parts, project, events, 'limited', failure.retryAfterMs, failure.message);
    }
    const next = retriesMs[failures];
    if (next !== undefined) return wait(parts, project, events, 'failed', next, failure.message);
    await end(parts, project, events, 'FAILED', failure.message);
    return { kind: 'done', more };
  }
}

/** Fetches an issue from its tracker, and reports the outcome. */
async function fetchIssue(
  { onFetched }: SyncParts,
  { provider, externalId }: IssueRef,
  tracker: Tracker,
  locator: string,
): Promise<TrackedIssue | null> {
  const beganAt = performance.now();
  let outcome: FetchOutcome = 'failed';
  try {
    const tracked = await tracker.fetch(locator, externalId);
    outcome = tracked ? 'found' : 'gone';
    return tracked;
  } catch (error) {
    if (error instanceof TrackerFailure && error.kind === 'limited') outcome = 'limited';
    throw error;
  } finally {
    onFetched?.(provider, outcome, performance.now() - beganAt);
  }
}

/** Many issues may wait for the same pause to end: the random part keeps them from coming back at the same moment. */
const spread = (ms: number) => Math.ceil(ms + Math.random() * Math.min(5_000, ms / 10));

async function wait(
  { pool, notifier }: SyncParts,
  { organizationId }: ProjectForSync,
  events: readonly PendingEvent[],
  kind: 'limited' | 'failed',
  waitMs: number,
  reason: string,
): Promise<SyncResult> {
  await postpone(pool, events, waitMs, `${reason} It is tried again later.`);
  notifier.changed(
    organizationId,
    events.map((event) => event.deliveryId),
  );
  return { kind, waitMs: kind === 'limited' ? Math.min(waitMs, maxSleepMs) : waitMs };
}

async function end(
  { pool, notifier }: SyncParts,
  project: ProjectForSync | null,
  events: readonly PendingEvent[],
  status: 'FAILED' | 'CANCELLED',
  reason: string,
): Promise<void> {
  await settle(pool, events, status, reason);
  if (!project) return;
  notifier.changed(
    project.organizationId,
    events.map((event) => event.deliveryId),
  );
}

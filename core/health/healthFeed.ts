import { type ChangeFeedOptions, createChangeFeed, type Hints } from '../live/changeFeed.ts';
import type { Change, ChangeSource } from '../live/changeSource.ts';
import type { ChangeSubscription } from '../live/changeStream.ts';

/** A change of a webhook's health that was announced. */
export interface AnnouncedChange extends Change {
  readonly webhookId: string;
  readonly projectId: string | null;
}

export interface HealthChangesRequest {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  /** The cursor of the last change received; absent: from now on. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

/** Changes of webhooks' health, each once, when they are announced. */
export interface HealthFeed {
  /** See {@link ChangeFeed.changes}. */
  changes(request: HealthChangesRequest): ChangeSubscription<AnnouncedChange>;
  close(): Promise<void>;
}

const healthSource: ChangeSource<AnnouncedChange> = {
  topic: 'webhookHealth',
  names: { one: 'change', many: 'changes of health', scope: 'organization' },
  from: 'health_change c JOIN webhook w ON w.id = c.webhook_id',
  scope: 'c.organization_id',
  columns: {
    id: 'c.id',
    webhookId: 'c.webhook_id',
    projectId: 'w.project_id',
    // A change's row is written once.
    version: '1',
    changedAt: 'c.announced_at',
  },
};

export function createHealthFeed(parts: ChangeFeedOptions & { liveFeed: Hints }): HealthFeed {
  const feed = createChangeFeed(healthSource, parts.liveFeed, parts);
  return {
    changes: ({ organizationId, projectId, webhookId, after, signal }) =>
      feed.changes({
        scope: { organizationId, id: organizationId },
        selects: (change) =>
          (projectId === null || change.projectId === projectId) &&
          (webhookId === null || change.webhookId === webhookId),
        after,
        signal,
      }),
    close: feed.close,
  };
}

import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { CallEvent, GroupCommit } from '../events/groupCommit.ts';
import { digestOf } from '../events/idempotency.ts';
import type { Notifier } from '../live/notifier.ts';
import { newId } from '../newId.ts';
import type { WebhookHealth } from '../store/prisma/enums.ts';
import { platformTypeOf } from './platformTypes.ts';

interface ChangeRow {
  readonly id: string;
  readonly organization_id: string;
  readonly webhook_id: string;
  readonly from: WebhookHealth;
  readonly to: WebhookHealth;
  readonly reason: string | null;
  readonly at: Date;
  readonly name: string;
  readonly project_id: string | null;
  readonly profile: string;
  readonly url: string;
}

/** Changes that were not announced for this long were left behind by a process that died. Milliseconds. */
const forgottenAfterMs = 5_000;
const mostAtOnce = 100;

/**
 * Tells an organization's own webhooks and live readers of changes of health. Each change is a row that was written with the
 * attempts that caused it, and each is announced under a key of its own: however often it is tried, it is told once.
 */
export class HealthAnnouncer {
  readonly #pool: Pool;
  readonly #commits: GroupCommit;
  readonly #notifier: Notifier;
  readonly #log: Logger;

  constructor(parts: { pool: Pool; commits: GroupCommit; notifier: Notifier; log: Logger }) {
    this.#pool = parts.pool;
    this.#commits = parts.commits;
    this.#notifier = parts.notifier;
    this.#log = parts.log;
  }

  /** Announces one change in the background; what fails is found by {@link announceForgotten}. */
  announce(changeId: string): void {
    this.#announce('c.id = $1', [changeId]).catch((error) => {
      this.#log.warn({ err: error, changeId }, 'a change of health could not be announced yet');
    });
  }

  /** Announces what a process that died did not. */
  announceForgotten(): Promise<number> {
    return this.#announce(`c.at < now() - $1 * interval '1 millisecond'`, [forgottenAfterMs]);
  }

  async #announce(which: string, values: unknown[]): Promise<number> {
    const { rows } = await this.#pool.query<ChangeRow>(
      `SELECT c.id, c.organization_id, c.webhook_id, c."from", c."to", c.reason, c.at, w.name, w.project_id, w.profile, w.url
         FROM health_change c JOIN webhook w ON w.id = c.webhook_id
        WHERE c.announced_at IS NULL AND ${which}
        ORDER BY c.at
        LIMIT ${mostAtOnce}`,
      values,
    );
    for (const row of rows) {
      await this.#commits.store({ organizationId: row.organization_id, projectId: row.project_id }, [eventOf(row)]);
      await this.#pool.query('UPDATE health_change SET announced_at = now() WHERE id = $1', [row.id]);
      this.#notifier.changed(row.organization_id, [row.id], 'webhookHealth');
    }
    return rows.length;
  }
}

function eventOf(row: ChangeRow): CallEvent {
  const data = JSON.stringify({
    webhook: { id: row.webhook_id, name: row.name, projectId: row.project_id, profile: row.profile, url: row.url },
    from: row.from,
    to: row.to,
    reason: row.reason,
    at: row.at.toISOString(),
  });
  const type = platformTypeOf(row.to);
  const idempotencyKey = `everhook.health:${row.id}`;
  const input = { type, data, parsed: null, previous: null, occurredAt: row.at, idempotencyKey };
  return {
    event: {
      id: newId(),
      organizationId: row.organization_id,
      projectId: row.project_id,
      type,
      data,
      occurredAt: row.at,
      createdAt: new Date(),
    },
    previous: null,
    idempotencyKey,
    digest: digestOf(input),
  };
}

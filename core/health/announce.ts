import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { CallEvent, GroupCommit } from '../events/groupCommit.ts';
import { digestOf } from '../events/idempotency.ts';
import { newId } from '../ground/newId.ts';
import type { Notifier } from '../live/notifier.ts';
import { platformTypeOf } from '../profiles/catalogues/platform.ts';
import type { WebhookHealth } from '../store/prisma/enums.ts';

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
    this.#announce(changeId).catch((error) => {
      this.#log.warn({ err: error, changeId }, 'a change of health could not be announced yet');
    });
  }

  /**
   * Announces what a process that died did not. An organization of which one change cannot be told is left for the next time;
   * the others are told.
   *
   * @param atMostMs - after this long no further part is begun
   * @returns how many changes were told
   */
  async announceForgotten(atMostMs: number): Promise<number> {
    const beganAt = performance.now();
    const failed = new Map<string, unknown>();
    let told = 0;
    for (let more = true; more && performance.now() - beganAt < atMostMs; ) {
      // Without those that failed: a hundred of theirs would leave no room for others.
      const which = `c.at < now() - $1 * interval '1 millisecond' AND c.organization_id <> ALL ($2::uuid[])`;
      const rows = await this.#read(which, [forgottenAfterMs, [...failed.keys()]]);
      for (const row of rows) {
        if (failed.has(row.organization_id)) continue;
        try {
          await this.#tell(row);
          told++;
        } catch (error) {
          failed.set(row.organization_id, error);
        }
      }
      more = rows.length === mostAtOnce;
    }
    for (const [organizationId, error] of failed) {
      const { message: reason } = error as Error;
      this.#log.warn({ organizationId, reason }, 'changes of health of an organization could not be announced yet');
    }
    return told;
  }

  async #announce(changeId: string): Promise<void> {
    for (const row of await this.#read('c.id = $1', [changeId])) await this.#tell(row);
  }

  async #read(which: string, values: unknown[]): Promise<ChangeRow[]> {
    const { rows } = await this.#pool.query<ChangeRow>(
      `SELECT c.id, c.organization_id, c.webhook_id, c."from", c."to", c.reason, c.at, w.name, w.project_id, w.profile, w.url
         FROM health_change c JOIN webhook w ON w.id = c.webhook_id
        WHERE c.announced_at IS NULL AND ${which}
        ORDER BY c.at
        LIMIT ${mostAtOnce}`,
      values,
    );
    return rows;
  }

  async #tell(row: ChangeRow): Promise<void> {
    await this.#commits.store({ organizationId: row.organization_id, projectId: row.project_id }, [eventOf(row)]);
    await this.#pool.query('UPDATE health_change SET announced_at = now() WHERE id = $1', [row.id]);
    this.#notifier.changed(row.organization_id, [row.id], 'webhookHealth');
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

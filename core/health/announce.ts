import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { CallEvent, GroupCommit } from '../events/groupCommit.ts';
import { digestOf } from '../events/idempotency.ts';
import { ApiError } from '../ground/errors.ts';
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

/** A change that was not announced for this long was left behind by a process that died. Milliseconds. */
const forgottenAfterMs = 5_000;
const batchSize = 100;

/**
 * Announces changes of health to an organization's own webhooks and live readers. Each change is a row, written with the
 * attempts that caused it, and has its own idempotency key: however often it is tried, it is announced once.
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

  /** Announces one change in the background. If that fails, {@link announceForgotten} finds it. */
  announce(changeId: string): void {
    this.#announce(changeId).catch((error) => {
      this.#log.warn({ err: error, changeId }, 'a change of health could not be announced; it is tried again');
    });
  }

  /**
   * Announces changes that a process left behind when it died. An organization whose change cannot be announced is left for
   * the next run; the others are announced.
   *
   * @param maxMs - after this long no further batch is begun
   * @returns how many changes were announced
   */
  async announceForgotten(maxMs: number): Promise<number> {
    const beganAt = performance.now();
    const failed = new Set<string>();
    const failures = new Map<string, { readonly err: Error; organizationId: string; organizations: number }>();
    let announced = 0;
    for (let more = true; more && performance.now() - beganAt < maxMs; ) {
      // Without organizations that failed: a hundred rows of theirs would leave no room for others.
      const which = `c.at < now() - $1 * interval '1 millisecond' AND c.organization_id <> ALL ($2::uuid[])`;
      const rows = await this.#read(which, [forgottenAfterMs, [...failed]]);
      for (const row of rows) {
        if (failed.has(row.organization_id)) continue;
        try {
          await this.#publish(row);
          announced++;
        } catch (error) {
          failed.add(row.organization_id);
          const { message } = error as Error;
          const known = failures.get(message);
          if (known) known.organizations++;
          else failures.set(message, { err: error as Error, organizationId: row.organization_id, organizations: 1 });
        }
      }
      more = rows.length === batchSize;
    }
    for (const failure of failures.values()) {
      this.#log.warn(failure, 'changes of health of organizations could not be announced; they are tried again');
    }
    return announced;
  }

  async #announce(changeId: string): Promise<void> {
    for (const row of await this.#read('c.id = $1', [changeId])) await this.#publish(row);
  }

  async #read(which: string, values: unknown[]): Promise<ChangeRow[]> {
    const { rows } = await this.#pool.query<ChangeRow>(
      `SELECT c.id, c.organization_id, c.webhook_id, c."from", c."to", c.reason, c.at, w.name, w.project_id, w.profile, w.url
         FROM health_change c JOIN webhook w ON w.id = c.webhook_id
        WHERE c.announced_at IS NULL AND ${which}
        ORDER BY c.at
        LIMIT ${batchSize}`,
      values,
    );
    return rows;
  }

  async #publish(row: ChangeRow): Promise<void> {
    try {
      await this.#commits.store({ organizationId: row.organization_id, projectId: row.project_id }, [eventOf(row)]);
    } catch (error) {
      // The organization or the project was deleted: there is nobody to tell.
      if (!(error instanceof ApiError && error.code === 'NOT_FOUND')) throw error;
    }
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
  const input = { type, data, parsed: null, previous: null, occurredAt: row.at, idempotencyKey, labels: [] };
  return {
    event: {
      id: newId(),
      organizationId: row.organization_id,
      projectId: row.project_id,
      type,
      data,
      occurredAt: row.at,
      createdAt: new Date(),
      labels: [],
    },
    previous: null,
    idempotencyKey,
    digest: digestOf(input),
  };
}

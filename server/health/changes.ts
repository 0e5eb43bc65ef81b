import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ApiError } from '../errors.ts';
import { createChangeReader } from '../live/changes.ts';
import { readCursor, writeCursor } from '../live/cursor.ts';
import type { LiveFeed } from '../live/liveFeed.ts';
import { looksAt } from '../live/looks.ts';

/** A change of a webhook's health that was told. */
export interface LiveHealthChange {
  readonly changeId: string;
  /** Subscribing again after it misses nothing; what is told a second time has the id it had. */
  readonly cursor: string;
}

export interface HealthChangesRequest {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  /** The cursor of the last change received; absent: from now on. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

/** Changes of webhooks' health, each once, as they are announced. Who may see them is for the caller to decide, again for each. */
export interface HealthChanges {
  /**
   * Resolves when every change that is announced from then on will be told.
   *
   * @throws ApiError VALIDATION_FAILED, field `after`; UNAVAILABLE also from the iterator
   */
  changes(request: HealthChangesRequest): Promise<AsyncIterableIterator<LiveHealthChange>>;
}

const overlapMs = 2_000;
const connections = 2;
const mostAtOnce = 500;

interface Row {
  readonly id: string;
  readonly announced_at: Date;
}

export function createHealthChanges(parts: {
  pool: Pool;
  log: Logger;
  liveFeed: Pick<LiveFeed, 'hear'>;
}): HealthChanges {
  const { pool, log, liveFeed } = parts;
  const reader = createChangeReader(pool, overlapMs, connections);

  const away = (error: unknown) => {
    log.warn({ err: error }, 'changes of health could not be read; the subscription ends');
    return new ApiError(
      'UNAVAILABLE',
      'The database does not answer. Subscribe again after the last cursor.',
      undefined,
      1,
    );
  };

  async function rowsSince(request: HealthChangesRequest, floor: number, behind: Row | undefined): Promise<Row[]> {
    const { rows } = await pool.query<Row>({
      name: 'health_changes',
      text: `
        SELECT c.id, c.announced_at FROM health_change c JOIN webhook w ON w.id = c.webhook_id
         WHERE c.organization_id = $1 AND c.announced_at >= $2 AND (c.announced_at, c.id) > ($3, $4)
           AND ($5::uuid IS NULL OR c.webhook_id = $5) AND ($6::uuid IS NULL OR w.project_id = $6)
         ORDER BY c.announced_at, c.id
         LIMIT ${mostAtOnce}`,
      values: [
        request.organizationId,
        new Date(floor),
        behind?.announced_at ?? new Date(0),
        behind?.id ?? '00000000-0000-0000-0000-000000000000',
        request.webhookId,
        request.projectId,
      ],
    });
    return rows;
  }

  /** Everything from the floor on. */
  async function* read(request: HealthChangesRequest, floor: number): AsyncGenerator<Row> {
    let behind: Row | undefined;
    for (;;) {
      const rows = await rowsSince(request, floor, behind);
      yield* rows;
      if (rows.length < mostAtOnce) return;
      behind = rows.at(-1);
    }
  }

  return {
    async changes(request) {
      const { organizationId, after, signal } = request;
      let floor = after === undefined ? undefined : readCursor(organizationId, after);
      const looks = looksAt(liveFeed, 'webhookHealth', organizationId, signal);
      // What was told, from the floor on.
      const told = new Map<string, number>();
      if (floor === undefined) {
        try {
          floor = (await reader.watermark()).complete;
          for await (const { id, announced_at } of read(request, floor)) told.set(id, announced_at.getTime());
        } catch (error) {
          throw away(error);
        }
      }
      const start = floor;

      return (async function* () {
        let from = start;
        try {
          do {
            const { complete } = await reader.watermark();
            const cursor = writeCursor(organizationId, from);
            for await (const { id, announced_at } of read(request, from)) {
              if (told.has(id)) continue;
              told.set(id, announced_at.getTime());
              yield { changeId: id, cursor };
            }
            from = Math.max(from, complete);
            for (const [id, at] of told) if (at < from) told.delete(id);
          } while (await looks.next());
        } catch (error) {
          throw error instanceof ApiError ? error : away(error);
        } finally {
          looks.end();
        }
      })();
    },
  };
}

import type { Pool } from 'pg';
import { processesWithoutKey } from './keyHolders.ts';
import type { KeyRing } from './keyRing.ts';
import { type SealedColumn, sealedColumns } from './sealedColumns.ts';

/** Values to seal again in one statement. */
const batchSize = 200;

export interface RotationOptions {
  readonly pool: Pool;
  readonly keys: KeyRing;
  /** Stops after the current batch; finished batches stay. */
  readonly signal?: AbortSignal;
  /** Called after each organization in which something was sealed again. */
  readonly onOrganization?: (organizationId: string, resealed: number) => void;
}

export interface RotationResult {
  /** Number of values that moved to the newest key. */
  readonly resealed: number;
  /** Values that could not be opened and stay unchanged. */
  readonly failed: readonly {
    readonly table: string;
    readonly column: string;
    readonly id: string;
    readonly reason: string;
  }[];
  /** Ids of the keys that sealed values use now. */
  readonly idsInUse: readonly string[];
  /** Whether everything was processed; if not, run it again. */
  readonly finished: boolean;
}

/**
 * SQL: the id of the key under which bytes are sealed. See the layout in keyRing.ts. Ids are ASCII; whatever else bytes hold that were
 * never sealed, or have decayed, fails no statement.
 */
const keyIdOf = (column: string) =>
  `encode(substring(${column} from 3 for get_byte(${column} || '\\x0000'::bytea, 1)), 'escape')`;

/**
 * Seals every value that is under an older key again, under the newest: organization by organization, in batches, while the
 * service runs. It stores no progress, because each value says itself under which key it is. It skips a value that changes
 * meanwhile, because the change has sealed it already.
 *
 * @throws Error while a process runs that does not know the newest key
 */
export async function rotateKeys(options: RotationOptions): Promise<RotationResult> {
  const { pool, keys, signal, onOrganization } = options;
  const [newest = ''] = keys.ids;
  const failed: RotationResult['failed'][number][] = [];
  let total = 0;
  const missing = await processesWithoutKey(pool, newest);
  if (missing > 0) {
    throw new Error(
      `${missing} of the running processes do not know the key "${newest}" yet: restart them with this key ring first.`,
    );
  }

  /** @param organizationId - null for the rows of the installation itself */
  async function rotateColumn(column: SealedColumn, organizationId: string | null): Promise<number> {
    const whose = column.organization === null ? '$1::uuid IS NULL' : `${column.organization} = $1`;
    let resealed = 0;
    let after = '00000000-0000-0000-0000-000000000000';
    while (!signal?.aborted) {
      const { rows } = await pool.query<{ id: string; sealed: Buffer }>(
        `SELECT t.id, t.${column.column} AS sealed FROM ${column.table} t
          WHERE ${whose} AND t.id > $2 AND t.${column.column} IS NOT NULL
            AND ${keyIdOf(`t.${column.column}`)} <> $3
          ORDER BY t.id LIMIT ${batchSize}`,
        [organizationId, after, newest],
      );
      const last = rows.at(-1);
      if (!last) break;
      after = last.id;
      const opened = rows.flatMap(({ id, sealed }) => {
        try {
          const context = column.context(id);
          return [{ id, sealed, again: keys.seal(keys.open(sealed, context), context) }];
        } catch (error) {
          const { message: reason } = error as Error;
          failed.push({ table: column.table, column: column.column, id, reason });
          return [];
        }
      });
      const { rowCount } = await pool.query(
        `UPDATE ${column.table} t SET ${column.column} = n.again
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, sealed, again)
          WHERE t.id = n.id AND t.${column.column} = n.sealed`,
        [opened.map(({ id }) => id), opened.map(({ sealed }) => sealed), opened.map(({ again }) => again)],
      );
      resealed += rowCount ?? 0;
    }
    return resealed;
  }

  const ofOrganizations = sealedColumns.filter(({ organization }) => organization !== null);
  const { rows: organizations } = await pool.query<{ id: string }>('SELECT id FROM organization ORDER BY id');
  for (const { id } of organizations) {
    let resealed = 0;
    for (const column of ofOrganizations) resealed += await rotateColumn(column, id);
    total += resealed;
    if (resealed > 0) onOrganization?.(id, resealed);
    if (signal?.aborted) break;
  }
  for (const column of sealedColumns) if (column.organization === null) total += await rotateColumn(column, null);
  return { resealed: total, failed, idsInUse: await idsInUse(pool), finished: !signal?.aborted };
}

async function idsInUse(pool: Pool): Promise<string[]> {
  const each = sealedColumns.map(
    ({ table, column }) => `SELECT DISTINCT ${keyIdOf(column)} AS id FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  const { rows } = await pool.query<{ id: string }>(`${each.join(' UNION ')} ORDER BY id`);
  return rows.map(({ id }) => id);
}

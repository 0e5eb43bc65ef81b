import type { Pool } from 'pg';
import { pgTransaction } from '../store/pgTransaction.ts';

/** What waits in the whole installation, and which webhooks are not well. */
export interface InstallationState {
  /** Seconds since the delivery was due that waits longest for a worker; 0 if none is due. */
  readonly oldestDueSeconds: number;
  /** Deliveries that are due and wait for a worker. */
  readonly due: number;
  /** Deliveries that wait for their next attempt, due or not. */
  readonly retrying: number;
  /** Deliveries of paused webhooks. */
  readonly held: number;
  readonly degradedWebhooks: number;
  readonly disabledWebhooks: number;
  /** As `oldestDueSeconds`, of trackers' reports. */
  readonly inboundOldestDueSeconds: number;
  /** Trackers' reports that are not handled yet. */
  readonly inboundPending: number;
}

/** Counting stops here, so that a read stays cheap however much waits. */
export const maxCounted = 50_000;
/** The whole read takes no longer, in milliseconds: otherwise it fails. */
const timeoutMs = 2_000;

const counted = (from: string) => `(SELECT count(*) FROM (SELECT FROM ${from} LIMIT ${maxCounted}) counted)::int`;
const ageOf = (time: string) => `greatest(0, extract(epoch FROM now() - (${time})))::float8`;

const waiting = (status: string) =>
  `delivery WHERE webhook_id IS NOT NULL AND leased_by IS NULL AND status = '${status}'`;
const firstDue = (status: string) =>
  `(SELECT next_attempt_at FROM ${waiting(status)} ORDER BY next_attempt_at LIMIT 1)`;
// The condition on HEALTHY is redundant: it lets PostgreSQL use the partial index.
const unwell = (health: string) =>
  counted(`webhook_state s JOIN webhook w ON w.id = s.webhook_id
            WHERE s.health = '${health}' AND s.health <> 'HEALTHY' AND w.deleted_at IS NULL AND w.active`);

const statement = `
  SELECT coalesce(${ageOf(`least(${firstDue('PENDING')}, ${firstDue('RETRYING')})`)}, 0) AS "oldestDueSeconds",
         least(${maxCounted}, ${counted(`${waiting('PENDING')} AND next_attempt_at <= now()`)}
                            + ${counted(`${waiting('RETRYING')} AND next_attempt_at <= now()`)}) AS due,
         ${counted(waiting('RETRYING'))} AS retrying,
         ${counted(`delivery WHERE status = 'HELD' AND NOT is_test`)} AS held,
         ${unwell('DEGRADED')} AS "degradedWebhooks",
         ${unwell('DISABLED')} AS "disabledWebhooks",
         coalesce(${ageOf('SELECT due_at FROM inbound_event WHERE pending ORDER BY due_at LIMIT 1')}, 0) AS "inboundOldestDueSeconds",
         ${counted('inbound_event WHERE pending')} AS "inboundPending"`;

/**
 * Reads it by indexes only, the same amount of work for one tenant as for a thousand. Numbers stop at {@link maxCounted}.
 *
 * @throws if PostgreSQL does not answer within 2 s
 */
export const readInstallationState = (pool: Pool): Promise<InstallationState> =>
  pgTransaction(
    pool,
    async (client) => (await client.query<InstallationState>(statement)).rows[0] as InstallationState,
    `BEGIN READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`,
  );

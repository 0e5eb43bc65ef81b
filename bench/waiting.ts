import pg from 'pg';
import type { Installation } from './installation.ts';
import { webhookCount } from './payload.ts';
import { cpuSeconds } from './processTree.ts';
import type { ReceiverProcess } from './receiverProcess.ts';

export interface WaitingFigures {
  /** CPU of all processes of the product while idle, in cores. */
  readonly idleCpuShare: number;
  /** The same while the deliveries wait for their retry. */
  readonly waitingCpuShare: number;
  /** How late each waiting delivery's attempt started. */
  readonly dueLateP99Ms: number;
  readonly dueLateMaxMs: number;
}

const delaySeconds = 20;
const observeMs = 8_000;

async function cpuShare(pids: readonly number[]): Promise<number> {
  const before = cpuSeconds(pids);
  await new Promise((resolve) => setTimeout(resolve, observeMs));
  return (cpuSeconds(pids) - before) / (observeMs / 1_000);
}

/** Has deliveries refused, and measures their cost while they wait and the lateness of their retries. */
export async function measureWaiting(
  installation: Installation,
  receiver: ReceiverProcess,
  count: number,
): Promise<WaitingFigures> {
  const { parts, pids, publisher } = installation;
  const idleCpuShare = await cpuShare(pids);
  for (let index = 0; index < webhookCount; index++) {
    await installation.replaceWebhook(index, '/due', [`PT${delaySeconds}S`, 'PT1H']);
  }
  await receiver.reset(count);
  const startedAt = new Date();
  await publisher.flood(count, 100, 8);
  await receiver.until(count, 60_000);
  const client = new pg.Client({ connectionString: parts.databaseUrl });
  await client.connect();
  try {
    const waitingCpuShare = await cpuShare(pids);
    await client.query(
      `CREATE TEMPORARY TABLE due AS
         SELECT id, next_attempt_at AS at FROM delivery WHERE status = 'RETRYING' AND created_at >= $1`,
      [startedAt],
    );
    await receiver.until(2 * count, (delaySeconds + 30) * 1_000);
    // The receiver gets the last attempts before they are recorded.
    const deadline = performance.now() + 10_000;
    for (;;) {
      const { rows } = await client.query<{ count: number; p99: number; max: number }>(
        `SELECT count(*)::int, percentile_cont(0.99) WITHIN GROUP (ORDER BY late)::float AS p99, max(late)::float AS max
           FROM (SELECT extract(epoch FROM a.started_at - due.at) * 1000 AS late
                   FROM due JOIN attempt a ON a.delivery_id = due.id AND a.number = 2) AS waited`,
      );
      const [found] = rows;
      if (found?.count === count) {
        return { idleCpuShare, waitingCpuShare, dueLateP99Ms: found.p99, dueLateMaxMs: found.max };
      }
      if (performance.now() > deadline) throw new Error(`${found?.count} of ${count} deliveries were found waiting.`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await client.end();
  }
}

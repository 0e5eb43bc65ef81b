import type { Pool } from 'pg';
import { ApiError, invalid } from '../ground/errors.ts';
import { idAfter, idBefore } from '../ground/idTime.ts';
import type { Bucket, Row } from './bucket.ts';
import { minutesKeptMs } from './fold.ts';
import { labelledCounts } from './labelledCounts.ts';
import { lookedAt, maxLookedAt, openRows, type Whose } from './openRows.ts';
import { eachClass, percentile } from './responseTimes.ts';
import type { StatsRequest } from './statsRequest.ts';

/** Length in milliseconds, and the largest number of buckets in one request. */
const buckets: Readonly<Record<Bucket, { ms: number; maxCount: number }>> = {
  MINUTE: { ms: 60_000, maxCount: 1_440 },
  HOUR: { ms: 3_600_000, maxCount: 744 },
  DAY: { ms: 86_400_000, maxCount: 400 },
};

/** The outbound deliveries created in one period, counted by their present status. */
export interface DeliveryBucket {
  readonly from: Date;
  readonly pending: number;
  readonly sending: number;
  readonly retrying: number;
  readonly held: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Delivered as a fraction of delivered and failed; null if both are 0. */
  readonly successRate: number | null;
  /** Of the last attempts of delivered and failed deliveries, in milliseconds. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Whether counting what is open stopped early: of each state that is not an end, there are so many or more. */
  readonly isAtLeast: boolean;
}

const scope = `organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2) AND ($3::uuid IS NULL OR webhook_id = $3)`;

/**
 * Counts ended deliveries from the tables of minutes and hours, and open ones from the log, in one snapshot: each once. Ids contain the
 * time, so `$6` and `$7` spare looking at what is open since earlier.
 */
const statement = (bucket: Bucket, whose: Whose, most: number) => `
  WITH ended AS (
    SELECT at, delivered, failed, cancelled, times FROM delivery_minute WHERE ${scope} AND at >= $4 AND at < $5
    ${
      bucket === 'MINUTE'
        ? ''
        : `UNION ALL SELECT at, delivered, failed, cancelled, times FROM delivery_hour WHERE ${scope} AND at >= $4 AND at < $5`
    }
  ),
  ${openRows({
    whose,
    ids: 'id >= $6::uuid AND id < $7::uuid',
    by: `date_trunc('${bucket}', created_at, 'UTC')`,
    counted: 'created_at >= $4 AND created_at < $5',
    most,
  })},
  counted AS (
    SELECT date_trunc('${bucket}', at, 'UTC') AS "from", sum(delivered) AS delivered, sum(failed) AS failed, sum(cancelled) AS cancelled,
           0 AS pending, 0 AS sending, 0 AS retrying, 0 AS held, ${eachClass((index) => `sum(times[${index}]) AS t${index}`)}
      FROM ended GROUP BY 1
    UNION ALL
    SELECT at, 0, 0, 0,
           sum(count) FILTER (WHERE status = 'PENDING'), sum(count) FILTER (WHERE status = 'SENDING'),
           sum(count) FILTER (WHERE status = 'RETRYING'), sum(count) FILTER (WHERE status = 'HELD'), ${eachClass(() => '0')}
      FROM open GROUP BY 1
  )
  SELECT early, counted.* FROM stopped LEFT JOIN counted ON true`;

type FoundRow = [early: boolean, from: Date | null, ...counts: string[]];

/** Counts deliveries by time. The caller must check permissions. */
export type DeliveryStats = (request: StatsRequest) => Promise<DeliveryBucket[]>;

/**
 * @param most - how many open deliveries in one state are looked at, and how many for counts by labels
 * @returns a function that gives every whole bucket of the period, also those without deliveries
 */
export function createDeliveryStats(pool: Pool, most = { open: maxLookedAt, labelled: 100_000 }): DeliveryStats {
  async function counts(bucket: Bucket, values: readonly unknown[], whose: Whose) {
    const [from, to] = values.slice(3) as [Date, Date];
    const { rows } = await pool.query<FoundRow>({
      name: `stats_${bucket}_${whose}`,
      text: statement(bucket, whose, most.open),
      values: [...values, idBefore(from), idAfter(to)],
      rowMode: 'array',
    });
    const found = rows.flatMap(([, at, ...sums]): Row[] => (at === null ? [] : [[at, ...sums]]));
    return { rows: found, isAtLeast: rows.some(([early]) => early) };
  }

  return async (request) => {
    const { bucket, labels = [] } = request;
    const { ms, maxCount } = buckets[bucket];
    const from = Math.floor(request.from.getTime() / ms) * ms;
    const to = Math.ceil(request.to.getTime() / ms) * ms;
    if (to <= from) throw invalid('to', 'Give a time after "from".');
    if ((to - from) / ms > maxCount) {
      throw new ApiError(
        'LIMIT_EXCEEDED',
        `At most ${maxCount} buckets of this length at a time: ask for a shorter time or a longer bucket.`,
        'bucket',
      );
    }
    if (bucket === 'MINUTE' && from < Date.now() - minutesKeptMs) {
      throw invalid('from', 'Minutes are kept for 48 hours: ask for hours or days before that.');
    }
    const time = [new Date(from), new Date(to)] as const;
    const values = [request.organizationId, request.projectId, request.webhookId, ...time];
    const { rows, isAtLeast } =
      labels.length > 0
        ? { rows: await labelledCounts(pool, { ...request, labels }, time, most.labelled), isAtLeast: false }
        : await lookedAt(request, (whose) => counts(bucket, values, whose));
    const sums = new Map<number, number[]>();
    for (const [at, ...counts] of rows) {
      const time = at.getTime();
      const sum = sums.get(time);
      if (sum) for (const [index, count] of counts.entries()) sum[index] = (sum[index] as number) + Number(count);
      else sums.set(time, counts.map(Number));
    }
    return Array.from({ length: (to - from) / ms }, (_, index) => {
      const time = from + index * ms;
      return { ...asBucket(new Date(time), sums.get(time) ?? []), isAtLeast };
    });
  };
}

function asBucket(from: Date, counts: readonly number[]): Omit<DeliveryBucket, 'isAtLeast'> {
  const [delivered = 0, failed = 0, cancelled = 0, pending = 0, sending = 0, retrying = 0, held = 0, ...times] = counts;
  const ended = delivered + failed;
  return {
    from,
    pending,
    sending,
    retrying,
    held,
    delivered,
    failed,
    cancelled,
    successRate: ended === 0 ? null : delivered / ended,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
  };
}

/** The deliveries of a webhook created in one hour that have ended. */
export interface HourOfWebhook {
  /** When the hour begins. */
  readonly from: Date;
  readonly delivered: number;
  readonly failed: number;
}

const hourMs = 3_600_000;
/** The present hour and those before it. */
export const hoursShown = 24;

const statement = `
  SELECT w.id, h.at, h.delivered, h.failed
    FROM unnest($1::uuid[]) AS w(id),
         LATERAL (
           SELECT date_trunc('hour', at, 'UTC') AS at, sum(delivered)::int AS delivered, sum(failed)::int AS failed
             FROM delivery_minute WHERE webhook_id = w.id AND at >= $2
            GROUP BY 1
         ) AS h`;

type Query = <Row>(text: string, ...values: unknown[]) => Promise<Row[]>;

/** Reads the last 24 hours of many webhooks by one look-up, the oldest hour first. The caller checks who may see them. */
export async function readHours(
  query: Query,
  ids: readonly string[],
  now = Date.now(),
): Promise<{ id: string; value: readonly HourOfWebhook[] }[]> {
  const first = (Math.floor(now / hourMs) - hoursShown + 1) * hourMs;
  const rows = await query<{ id: string; at: Date; delivered: number; failed: number }>(
    statement,
    [...ids],
    new Date(first),
  );
  const found = new Map(rows.map((row) => [`${row.id} ${row.at.getTime()}`, row]));
  return ids.map((id) => ({
    id,
    value: Array.from({ length: hoursShown }, (_, index) => {
      const from = first + index * hourMs;
      const row = found.get(`${id} ${from}`);
      return { from: new Date(from), delivered: row?.delivered ?? 0, failed: row?.failed ?? 0 };
    }),
  }));
}

import { classOf, eachClass } from './responseTimes.ts';

/**
 * SQL for a statement that ends deliveries: counts them in the minute of their creation. It reads `ended` with
 * organization_id, project_id, webhook_id, created_at, status, response_time_ms and uncancelled (whether the delivery was
 * counted as cancelled before). The caller must hold the lock of each webhook's `webhook_state`, so that no other statement
 * counts for the same webhook at the same time.
 */
export const countEnded = `
  INSERT INTO delivery_minute AS m (organization_id, project_id, webhook_id, at, delivered, failed, cancelled, times)
  SELECT organization_id, project_id, webhook_id, date_trunc('minute', created_at),
         count(*) FILTER (WHERE status = 'DELIVERED'),
         count(*) FILTER (WHERE status = 'FAILED'),
         count(*) FILTER (WHERE status = 'CANCELLED') - count(*) FILTER (WHERE uncancelled),
         ARRAY[${eachClass((index) => `count(*) FILTER (WHERE class = ${index})`)}]
    FROM (SELECT *, CASE WHEN status <> 'CANCELLED' THEN ${classOf('response_time_ms')} END AS class FROM ended) AS e
   GROUP BY organization_id, project_id, webhook_id, date_trunc('minute', created_at)
  ON CONFLICT (webhook_id, at, project_id) DO UPDATE SET
    delivered = m.delivered + excluded.delivered,
    failed = m.failed + excluded.failed,
    cancelled = m.cancelled + excluded.cancelled,
    times = ARRAY[${eachClass((index) => `coalesce(m.times[${index}], 0) + excluded.times[${index}]`)}]`;

/**
 * SQL: which deliveries a recovery replays, of `delivery d` and `recovery r`: those of its period that ended without success and
 * have no replay yet. So each is replayed once, however often a batch is repeated; if a replay fails too, the next recovery
 * replays that one.
 */
export const recoverable = `
  d.webhook_id = r.webhook_id AND d.status IN ('FAILED', 'CANCELLED') AND d.direction = 'OUTBOUND' AND NOT d.is_test
  AND d.created_at >= r.since AND d.created_at < r.until
  AND NOT EXISTS (SELECT FROM delivery again WHERE again.replay_of_id = d.id)`;

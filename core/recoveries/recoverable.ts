/**
 * Which deliveries a recovery replays, of `delivery d` and `recovery r`: what ended without success in its time, unless a
 * replay was made of it already. So each is sent again once, however often a part is repeated, and a replay that failed as
 * well is the one to go on from.
 */
export const recoverable = `
  d.webhook_id = r.webhook_id AND d.status IN ('FAILED', 'CANCELLED') AND d.direction = 'OUTBOUND' AND NOT d.is_test
  AND d.created_at >= r.since AND d.created_at < r.until
  AND NOT EXISTS (SELECT FROM delivery again WHERE again.replay_of_id = d.id)`;

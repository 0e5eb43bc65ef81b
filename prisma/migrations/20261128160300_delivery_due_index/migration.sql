-- One statement, so that it is no transaction: the index is built while the log is written.
-- What waits in the whole installation, and since when: for metrics and for the sweep.
CREATE INDEX CONCURRENTLY "delivery_due_idx" ON "delivery"("status", "next_attempt_at") WHERE "webhook_id" IS NOT NULL AND "leased_by" IS NULL AND "status" IN ('PENDING', 'RETRYING');

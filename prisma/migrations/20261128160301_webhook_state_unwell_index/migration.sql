-- One statement, so that it is no transaction: the index is built while the table is written.
CREATE INDEX CONCURRENTLY "webhook_state_unwell_idx" ON "webhook_state"("health") WHERE "health" <> 'HEALTHY';

-- One statement, so that it is no transaction: the index is built while the log is written.
CREATE INDEX CONCURRENTLY "event_test_idx" ON "event"("organization_id", "id") WHERE "is_test";

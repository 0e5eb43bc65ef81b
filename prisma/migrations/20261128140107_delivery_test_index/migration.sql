-- One statement, so that it is no transaction: the index is built while the log is written.
CREATE INDEX CONCURRENTLY "delivery_test_idx" ON "delivery"("organization_id", "id") WHERE "is_test";

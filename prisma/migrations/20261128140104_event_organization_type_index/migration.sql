-- One statement, so that it is no transaction: the index is built while the log is written.
CREATE INDEX CONCURRENTLY "event_organization_type_idx" ON "event"("organization_id", "type", "id") WHERE "project_id" IS NULL;

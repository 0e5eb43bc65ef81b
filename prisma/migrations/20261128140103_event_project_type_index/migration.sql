-- One statement, so that it is no transaction: the index is built while the log is written.
-- Each event is in one of two indexes by type: in this one, or in the next.
CREATE INDEX CONCURRENTLY "event_project_type_idx" ON "event"("project_id", "type", "id") WHERE "project_id" IS NOT NULL;

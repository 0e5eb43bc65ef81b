-- One statement, so that it is no transaction: the index is built while the table is written.
-- The sweep finds the deleted ones that are to be looked at.
CREATE INDEX CONCURRENTLY "webhook_ended_idx" ON "webhook"((coalesce("kept_at", "deleted_at"))) WHERE "deleted_at" IS NOT NULL;

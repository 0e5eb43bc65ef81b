-- One statement, so that it is no transaction: the index is built while the table is written.
-- An organization's webhooks are counted for each new one, and its listeners apart from them.
CREATE INDEX CONCURRENTLY "webhook_live_idx" ON "webhook"("organization_id", "listener_expires_at") WHERE "deleted_at" IS NULL;

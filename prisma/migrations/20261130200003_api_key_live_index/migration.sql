-- One statement, so that it is no transaction: the index is built while the table is written.
-- An organization's live keys are counted for each new one.
CREATE INDEX CONCURRENTLY "api_key_live_idx" ON "api_key"("organization_id", "expires_at") WHERE "revoked_at" IS NULL;

-- One statement, so that it is no transaction: the index is built while the table is written.
-- The sweep finds what ended a while ago.
CREATE INDEX CONCURRENTLY "api_key_ended_idx" ON "api_key"((least("revoked_at", "expires_at"))) WHERE "organization_id" IS NOT NULL;

-- One statement, so that it is no transaction: the index is built while the table is written.
-- An organization's live links are counted for each new one.
CREATE INDEX CONCURRENTLY "portal_link_live_idx" ON "portal_link"("organization_id", "expires_at") WHERE "revoked_at" IS NULL;

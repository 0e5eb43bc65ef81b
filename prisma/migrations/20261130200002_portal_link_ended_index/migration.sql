-- One statement, so that it is no transaction: the index is built while the table is written.
-- The sweep finds what ended a while ago.
CREATE INDEX CONCURRENTLY "portal_link_ended_idx" ON "portal_link"((least("revoked_at", "expires_at")));

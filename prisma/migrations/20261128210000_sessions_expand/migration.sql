-- Sessions of people who are signed in to the dashboard. Of the cookie's token only a digest is stored.
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "previous_digest" BYTEA,
    "api_key_id" UUID,
    "user_id" TEXT,
    "name" TEXT,
    "issuer" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "rotated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "address" TEXT,
    "user_agent" TEXT,
    "tokens_sealed" BYTEA,
    "checked_at" TIMESTAMPTZ(3),
    "checking_until" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id"),
    -- A key's or a user's, never both.
    CONSTRAINT "session_of_one" CHECK (num_nonnulls("api_key_id", "user_id") = 1)
);
CREATE UNIQUE INDEX "session_digest_key" ON "session"("digest");
CREATE UNIQUE INDEX "session_previous_digest_key" ON "session"("previous_digest");
CREATE INDEX "session_api_key_id_idx" ON "session"("api_key_id");
CREATE INDEX "session_user_id_idx" ON "session"("user_id");
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");
CREATE INDEX "session_ended_at_idx" ON "session"("ended_at");

ALTER TABLE "session" ADD CONSTRAINT "session_api_key_id_fkey"
  FOREIGN KEY ("api_key_id") REFERENCES "api_key"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Roles that an issuer's groups give are told apart from those that were given here. The column rewrites nothing.
ALTER TABLE "member" ADD COLUMN "issuer" TEXT;

-- Keys may end by themselves and be bound to addresses, and tell when they were used. Existing keys have no such limits.
ALTER TABLE "api_key" ADD COLUMN "expires_at" TIMESTAMPTZ(3),
  ADD COLUMN "allowed_addresses" TEXT[] DEFAULT ARRAY[]::TEXT[],
  ADD COLUMN "last_used_at" TIMESTAMPTZ(3),
  ADD COLUMN "last_refused_at" TIMESTAMPTZ(3),
  ADD COLUMN "last_refused_address" TEXT;

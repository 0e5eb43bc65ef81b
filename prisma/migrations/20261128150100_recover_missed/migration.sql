-- A recovery may cover many webhooks, and send events that a webhook missed. `last_delivery_id` is the id up to which it has handled
-- deliveries and events alike.
CREATE TYPE "recovery_kind" AS ENUM ('FAILED', 'CANCELLED', 'MISSED');
ALTER TABLE "recovery"
  ALTER COLUMN "webhook_id" DROP NOT NULL,
  ALTER COLUMN "since" DROP NOT NULL,
  ADD COLUMN "include" "recovery_kind"[] DEFAULT ARRAY['FAILED', 'CANCELLED']::"recovery_kind"[],
  ADD COLUMN "filter" JSONB,
  ADD COLUMN "total_is_at_least" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "recovery_organization_id_id_idx" ON "recovery"("organization_id", "id");

-- The id before which ended deliveries were deleted: an older event without a delivery was perhaps delivered once.
CREATE TABLE "log_horizon" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "before" UUID NOT NULL,

    CONSTRAINT "log_horizon_pkey" PRIMARY KEY ("only")
);

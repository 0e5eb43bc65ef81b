-- By default OWNER's and ADMIN's.
ALTER TYPE "permission" ADD VALUE 'EVENT_ERASE';
ALTER TYPE "cancel_cause" ADD VALUE 'EVENT_ERASED';

-- When the content was taken away. New nullable columns rewrite nothing. Deliveries have it too, so that recording an attempt that was
-- under way need not look at the event.
ALTER TABLE "event" ADD COLUMN "erased_at" TIMESTAMPTZ(3);
ALTER TABLE "delivery" ADD COLUMN "erased_at" TIMESTAMPTZ(3);

CREATE TYPE "erasure_state" AS ENUM ('RUNNING', 'FINISHED');
CREATE TYPE "erasure_selector" AS ENUM ('IDS', 'LABELS');

-- The receipt of an erasure. What it selects by is sealed while it runs, and gone afterwards.
CREATE TABLE "erasure" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "selector" "erasure_selector" NOT NULL,
    "label_keys" TEXT[],
    "selector_sealed" BYTEA,
    "current_ids" UUID[],
    "state" "erasure_state" NOT NULL DEFAULT 'RUNNING',
    "events" INTEGER NOT NULL DEFAULT 0,
    "deliveries" INTEGER NOT NULL DEFAULT 0,
    "cancelled" INTEGER NOT NULL DEFAULT 0,
    "principal_kind" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "erasure_organization_id_id_idx" ON "erasure"("organization_id", "id");
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The key of an erased event goes with it, so keys are found by event. Ids of events begin with their time: expired keys are found by
-- this index, too, and a publisher writes one index, as before.
CREATE INDEX "idempotency_key_event_id_idx" ON "idempotency_key"("event_id");
DROP INDEX "idempotency_key_expires_at_idx";

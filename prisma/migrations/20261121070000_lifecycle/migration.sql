-- At most one live and one retiring secret a webhook, whoever rotates at the same moment.
DROP INDEX "webhook_secret_webhook_id_idx";
CREATE UNIQUE INDEX "webhook_secret_webhook_id_state_key" ON "webhook_secret"("webhook_id", "state");

-- Live readers go on behind the last change that they were told.
CREATE INDEX "health_change_organization_id_announced_at_idx" ON "health_change"("organization_id", "announced_at");

-- What a caller's key for an action stands for, for 24 hours: a retried click finds what the first one did.
CREATE TABLE "action_key" (
    "organization_id" UUID NOT NULL,
    "principal_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "result" JSON,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "action_key_pkey" PRIMARY KEY ("organization_id","principal_id","key")
);
CREATE INDEX "action_key_expires_at_idx" ON "action_key"("expires_at");

CREATE TYPE "recovery_state" AS ENUM ('RUNNING', 'FINISHED', 'CANCELLED');

CREATE TABLE "recovery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "webhook_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "state" "recovery_state" NOT NULL DEFAULT 'RUNNING',
    "reason" TEXT,
    "total" INTEGER NOT NULL,
    "replayed" INTEGER NOT NULL DEFAULT 0,
    "last_delivery_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "recovery_webhook_id_id_idx" ON "recovery"("webhook_id", "id");
-- Two at once would send the same deliveries twice.
CREATE UNIQUE INDEX "recovery_running_key" ON "recovery"("webhook_id") WHERE "state" = 'RUNNING';
ALTER TABLE "recovery" ADD CONSTRAINT "recovery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- How the deliveries that were created in each minute ended, and how long their receivers took, kept by the statements that
-- end deliveries. `times` counts response times by the bounds in server/stats/responseTimes.ts. After two days minutes become
-- hours. Deliveries that are still open are few, and counted from the log.
CREATE TABLE "delivery_minute" (
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "webhook_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "delivered" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "cancelled" INTEGER NOT NULL,
    "times" INTEGER[]
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX "delivery_minute_key" ON "delivery_minute"("webhook_id", "at", "project_id") NULLS NOT DISTINCT;
CREATE INDEX "delivery_minute_organization_id_at_idx" ON "delivery_minute"("organization_id", "at");
CREATE INDEX "delivery_minute_project_id_at_idx" ON "delivery_minute"("project_id", "at");
CREATE INDEX "delivery_minute_at_idx" ON "delivery_minute"("at");

CREATE TABLE "delivery_hour" (
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "webhook_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "delivered" INTEGER NOT NULL,
    "failed" INTEGER NOT NULL,
    "cancelled" INTEGER NOT NULL,
    "times" INTEGER[]
);
CREATE UNIQUE INDEX "delivery_hour_key" ON "delivery_hour"("webhook_id", "at", "project_id") NULLS NOT DISTINCT;
CREATE INDEX "delivery_hour_organization_id_at_idx" ON "delivery_hour"("organization_id", "at");
CREATE INDEX "delivery_hour_project_id_at_idx" ON "delivery_hour"("project_id", "at");

-- What ended before this release.
INSERT INTO "delivery_minute"
SELECT "organization_id", "project_id", "webhook_id", date_trunc('minute', "created_at"),
       count(*) FILTER (WHERE "status" = 'DELIVERED'), count(*) FILTER (WHERE "status" = 'FAILED'),
       count(*) FILTER (WHERE "status" = 'CANCELLED'), NULL
  FROM "delivery"
 WHERE "webhook_id" IS NOT NULL AND "status" IN ('DELIVERED', 'FAILED', 'CANCELLED')
 GROUP BY 1, 2, 3, 4;

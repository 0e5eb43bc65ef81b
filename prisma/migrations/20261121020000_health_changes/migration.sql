-- Every change of a webhook's health, written by the statement that changed it. `announced_at` is set once the organization's
-- own webhooks and live readers were told, so that a process that dies in between loses none.
CREATE TABLE "health_change" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "from" "webhook_health_state" NOT NULL,
    "to" "webhook_health_state" NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "announced_at" TIMESTAMPTZ(3),

    CONSTRAINT "health_change_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "health_change_webhook_id_at_idx" ON "health_change"("webhook_id", "at");
CREATE INDEX "health_change_organization_id_at_idx" ON "health_change"("organization_id", "at");
CREATE INDEX "health_change_unannounced_idx" ON "health_change"("at") WHERE "announced_at" IS NULL;
ALTER TABLE "health_change" ADD CONSTRAINT "health_change_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A webhook that is disabled after so many failures has its requests under way counted over all processes; each lookup is
-- for one webhook. The sweep and the audit read all that is leased, which is little.
DROP INDEX "delivery_leased_by_idx";
CREATE INDEX "delivery_leased_idx" ON "delivery"("webhook_id") WHERE "leased_by" IS NOT NULL;

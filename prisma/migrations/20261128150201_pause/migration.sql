-- A paused webhook holds its deliveries until it is resumed. While it resumes it is still paused for new events.
ALTER TABLE "webhook"
  ADD COLUMN "paused_at" TIMESTAMPTZ(3),
  ADD COLUMN "pause_reason" TEXT,
  ADD COLUMN "resuming_at" TIMESTAMPTZ(3);
CREATE INDEX "webhook_paused_idx" ON "webhook"("id") WHERE "paused_at" IS NOT NULL;
-- In the order in which they are sent.
CREATE INDEX "delivery_webhook_held_idx" ON "delivery"("webhook_id", "event_id", "id") WHERE "status" = 'HELD';

-- Listeners: webhooks that live as long as a client listens. New nullable columns rewrite nothing. To an older build, a listener is
-- a paused webhook.
ALTER TABLE "webhook" ADD COLUMN "listener_expires_at" TIMESTAMPTZ(3), ADD COLUMN "listener_connection" UUID;

CREATE INDEX "webhook_listener_idx" ON "webhook"("listener_expires_at") WHERE "listener_expires_at" IS NOT NULL AND "deleted_at" IS NULL;

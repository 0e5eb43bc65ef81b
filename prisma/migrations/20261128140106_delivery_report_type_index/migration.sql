-- One statement, so that it is no transaction: the index is built while the log is written.
-- The reports of trackers have no webhook.
CREATE INDEX CONCURRENTLY "delivery_report_type_idx" ON "delivery"("organization_id", "event_type", "id") WHERE "webhook_id" IS NULL;

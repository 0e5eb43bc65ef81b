-- One statement, so that it is no transaction: the index is built while the log is written.
-- By webhook and type, in place of organization and type: an organization's deliveries of a type are merged from its webhooks, and a
-- webhook's are found even where the type is common everywhere else. Each delivery has one entry, as before.
CREATE INDEX CONCURRENTLY "delivery_webhook_type_idx" ON "delivery"("webhook_id", "event_type", "id") WHERE "webhook_id" IS NOT NULL;

-- The trace of an event's publisher, for attempts that follow later, and whether a webhook's requests carry it. Neither column
-- rewrites a table: one may be null, and the other has a constant default.
ALTER TABLE "event" ADD COLUMN "traceparent" TEXT;
ALTER TABLE "webhook" ADD COLUMN "send_traceparent" BOOLEAN NOT NULL DEFAULT true;

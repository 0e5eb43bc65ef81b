-- Without a default: no row is rewritten.
ALTER TABLE "audit_event" ADD COLUMN "request_id" TEXT;

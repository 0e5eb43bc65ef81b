-- When a webhook was last switched off: since then it may have missed events. Null: never, or not since this column is there.
ALTER TABLE "webhook" ADD COLUMN "deactivated_at" TIMESTAMPTZ(3);

-- When a webhook's configuration was last changed. Null: not since it was created, or since this column is there.
ALTER TABLE "webhook" ADD COLUMN "updated_at" TIMESTAMPTZ(3);

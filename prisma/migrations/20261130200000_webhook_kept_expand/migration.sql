-- When a deleted webhook was last seen to be shown by something. A new nullable column rewrites nothing.
ALTER TABLE "webhook" ADD COLUMN "kept_at" TIMESTAMPTZ(3);

-- The key that made a link. A new nullable column rewrites nothing.
ALTER TABLE "portal_link" ADD COLUMN "api_key_id" UUID;

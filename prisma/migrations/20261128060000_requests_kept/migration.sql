-- What was sent is kept: what a webhook's requests have in common once, and with each attempt which of them it was and its
-- signatures. No value of a secret, of a webhook's own header or of a URL that is a credential is in it.
CREATE TABLE "request_template" (
    "webhook_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "url" TEXT NOT NULL,
    "header_names" TEXT[],
    "user_agent" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_template_pkey" PRIMARY KEY ("webhook_id","number")
);

ALTER TABLE "request_template" ADD CONSTRAINT "request_template_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "attempt" ADD COLUMN "request_template" INTEGER, ADD COLUMN "signatures" BYTEA;

-- Webhooks that were deleted before deleting took these away.
DELETE FROM "webhook_secret" USING "webhook" w WHERE w."id" = "webhook_id" AND w."deleted_at" IS NOT NULL;
UPDATE "webhook" SET "url_sealed" = NULL, "headers_sealed" = NULL
 WHERE "deleted_at" IS NOT NULL AND ("url_sealed" IS NOT NULL OR "headers_sealed" IS NOT NULL);

-- A report that ended without success is taken again when its tracker sends it again.
ALTER TABLE "inbound_event" ADD COLUMN "failed" BOOLEAN NOT NULL DEFAULT false;

UPDATE "inbound_event" e SET "failed" = true
  FROM "delivery" d
 WHERE d."id" = e."delivery_id" AND NOT e."pending"
   AND (d."status" = 'FAILED' OR (d."status" = 'CANCELLED' AND e."external_id" IS NOT NULL));

-- Rises with every change of the organization's event types, together with its routing version: a publisher that validated by
-- older types notices it in its own insert, and validates again.
ALTER TABLE "organization" ADD COLUMN "types_version" BIGINT NOT NULL DEFAULT 0;

ALTER TABLE "event_type" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1,
                         ADD COLUMN "archived_at" TIMESTAMPTZ(3);

CREATE TYPE "event_type_part" AS ENUM ('CATEGORY', 'DESCRIPTION', 'SCHEMA', 'EXAMPLE');

CREATE TABLE "event_type_version" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "event_type_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "changed" "event_type_part"[],
    "category" TEXT,
    "description" TEXT,
    "schema" JSON NOT NULL,
    "example" JSON,
    "principal_kind" TEXT,
    "principal_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_type_version_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "event_type_version_event_type_id_version_key" ON "event_type_version"("event_type_id", "version");
ALTER TABLE "event_type_version" ADD CONSTRAINT "event_type_version_event_type_id_fkey" FOREIGN KEY ("event_type_id") REFERENCES "event_type"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What exists is the first version of each type. The audit log knows who made it.
INSERT INTO "event_type_version" ("id", "organization_id", "event_type_id", "version", "changed", "category", "description",
                                  "schema", "example", "principal_kind", "principal_id", "created_at")
SELECT gen_random_uuid(), t."organization_id", t."id", 1, '{}', t."category", t."description", t."schema", t."example",
       made."principal_kind", made."principal_id", t."created_at"
  FROM "event_type" t
  LEFT JOIN LATERAL (
    SELECT a."principal_kind", a."principal_id" FROM "audit_event" a
     WHERE a."organization_id" = t."organization_id" AND a."target_id" = t."id"::text AND a."action" = 'event_type.created'
     ORDER BY a."id" LIMIT 1
  ) AS made ON true;

-- The ids that users' own systems have for the same things: unique in their scope among those that exist.
ALTER TABLE "organization" ADD COLUMN "external_id" TEXT;
ALTER TABLE "project" ADD COLUMN "external_id" TEXT;
ALTER TABLE "webhook" ADD COLUMN "external_id" TEXT;

CREATE UNIQUE INDEX "organization_external_id_key" ON "organization"("external_id");
CREATE UNIQUE INDEX "project_organization_id_external_id_key" ON "project"("organization_id", "external_id");
-- A deleted webhook stays for the log; its external id is free again.
CREATE UNIQUE INDEX "webhook_organization_external_id_key" ON "webhook"("organization_id", "external_id")
  WHERE "project_id" IS NULL AND "deleted_at" IS NULL;
CREATE UNIQUE INDEX "webhook_project_external_id_key" ON "webhook"("project_id", "external_id")
  WHERE "project_id" IS NOT NULL AND "deleted_at" IS NULL;
-- What is named by its external id alone is looked for in the whole organization.
CREATE INDEX "webhook_external_id_idx" ON "webhook"("organization_id", "external_id") WHERE "external_id" IS NOT NULL AND "deleted_at" IS NULL;

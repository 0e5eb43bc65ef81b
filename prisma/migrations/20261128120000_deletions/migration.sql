-- Organizations and projects can be deleted: marked in one commit, from when on nothing of them is served or sent, and then
-- taken away in batches.
ALTER TABLE "organization" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);
ALTER TABLE "project" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);

CREATE TYPE "deletion_kind" AS ENUM ('ORGANIZATION', 'PROJECT');
CREATE TYPE "deletion_state" AS ENUM ('STOPPING', 'REMOVING', 'FINISHED');

-- The receipt of a deletion, and its progress: who, when, how many of what. It holds no content, so no name either, and has no
-- foreign keys, because it stays.
CREATE TABLE "deletion" (
    "id" UUID NOT NULL,
    "kind" "deletion_kind" NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "state" "deletion_state" NOT NULL DEFAULT 'STOPPING',
    "removed" JSON NOT NULL DEFAULT '{}',
    "place" JSON,
    "principal_kind" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "deletion_pkey" PRIMARY KEY ("id")
);
-- Whatever is deleted is deleted once.
CREATE UNIQUE INDEX "deletion_target_key" ON "deletion"("organization_id", "project_id") NULLS NOT DISTINCT;
-- For the sweep.
CREATE INDEX "deletion_running_idx" ON "deletion"("changed_at") WHERE "state" <> 'FINISHED';

-- A project's reports, to take them away.
CREATE INDEX "inbound_event_project_id_received_at_idx" ON "inbound_event"("project_id", "received_at");

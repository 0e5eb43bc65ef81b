-- An erasure by label goes on behind the label's rows that it has read, and reads them once more when calls that were publishing as it
-- began have committed. The columns rewrite nothing. An erasure under way begins anew.
ALTER TABLE "erasure"
  ADD COLUMN "after_type" TEXT,
  ADD COLUMN "after_id" UUID,
  ADD COLUMN "settled" BOOLEAN NOT NULL DEFAULT false;

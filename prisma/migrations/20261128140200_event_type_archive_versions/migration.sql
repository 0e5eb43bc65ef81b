ALTER TYPE "event_type_part" ADD VALUE 'ARCHIVED';

-- Without a default: no row is rewritten. Null in the versions of before, which do not know.
ALTER TABLE "event_type_version" ADD COLUMN "archived_at" TIMESTAMPTZ(3);

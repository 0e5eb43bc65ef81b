-- A constant default: no row is rewritten, and an API of the version before goes on inserting.
CREATE TYPE "event_type_compatibility" AS ENUM ('NONE', 'FORWARD', 'BACKWARD', 'FULL');
ALTER TABLE "event_type" ADD COLUMN "compatibility" "event_type_compatibility" NOT NULL DEFAULT 'NONE';
ALTER TABLE "event_type_version" ADD COLUMN "compatibility" "event_type_compatibility" NOT NULL DEFAULT 'NONE';
ALTER TYPE "event_type_part" ADD VALUE 'COMPATIBILITY';

-- How far the walk over the old part of the log is, and since when it is under way. Null: it begins again.
ALTER TABLE "log_horizon"
  ADD COLUMN "deliveries_place" UUID,
  ADD COLUMN "deliveries_began_at" TIMESTAMPTZ(3),
  ADD COLUMN "events_place" UUID,
  ADD COLUMN "events_began_at" TIMESTAMPTZ(3);

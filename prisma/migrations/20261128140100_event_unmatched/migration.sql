-- Whether no webhook took the event when it was published. Null for events of an earlier version, of which nobody knows.
ALTER TABLE "event" ADD COLUMN "unmatched" BOOLEAN;

-- JSON text may hold what jsonb cannot, U+0000 or a number beyond its range: it contains nothing then.
CREATE FUNCTION "json_contains"("data" JSON, "part" JSONB) RETURNS BOOLEAN
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN "data"::jsonb @> "part";
EXCEPTION WHEN data_exception THEN
  RETURN false;
END $$;

-- Prisma writes a filter by an enum as CAST($1::text AS "delivery_status"). PostgreSQL's own way of doing that cast is only
-- STABLE, so it is done after planning, and no partial index whose predicate names a status is ever chosen. These casts are
-- IMMUTABLE: values of these types are added, never renamed. `RETURN` converts as PostgreSQL does, so an unknown name is
-- refused with the usual error.
CREATE FUNCTION "to_delivery_status"("name" TEXT) RETURNS "delivery_status"
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$ BEGIN RETURN "name"; END $$;
CREATE CAST (TEXT AS "delivery_status") WITH FUNCTION "to_delivery_status"(TEXT);

CREATE FUNCTION "to_direction"("name" TEXT) RETURNS "direction"
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$ BEGIN RETURN "name"; END $$;
CREATE CAST (TEXT AS "direction") WITH FUNCTION "to_direction"(TEXT);

-- What is under way is rare as well, in every list: without it here, a search for it in a quiet time reads the whole log.
-- Costs each delivery one short-lived index entry, about 2 % of PostgreSQL's work for it.
DROP INDEX "delivery_organization_status_idx";
CREATE INDEX "delivery_organization_status_idx" ON "delivery"("organization_id", "status", "id") WHERE "status" <> 'DELIVERED';

-- Inbound deliveries are few or none among many outbound ones.
CREATE INDEX "delivery_organization_inbound_idx" ON "delivery"("organization_id", "id") WHERE "direction" = 'INBOUND';
CREATE INDEX "delivery_project_inbound_idx" ON "delivery"("project_id", "id") WHERE "direction" = 'INBOUND';

-- A delivery, and what is counted of it, belongs where its webhook does: the organization's webhooks are not the business of
-- whoever may see one project. Until now the project was that of the event.
UPDATE "delivery" d SET "project_id" = NULL
  FROM "webhook" w WHERE w."id" = d."webhook_id" AND w."project_id" IS NULL AND d."project_id" IS NOT NULL;

-- Nothing is counted meanwhile: what is counted between the reading and the writing below would be lost.
LOCK TABLE "delivery_minute", "delivery_hour" IN SHARE ROW EXCLUSIVE MODE;

-- Counts of one webhook and time that differed by the project alone become one.
CREATE TEMP TABLE "counted_apart" AS
SELECT 'minute' AS "of", m.* FROM "delivery_minute" m JOIN "webhook" w ON w."id" = m."webhook_id" WHERE w."project_id" IS NULL
UNION ALL
SELECT 'hour', h.* FROM "delivery_hour" h JOIN "webhook" w ON w."id" = h."webhook_id" WHERE w."project_id" IS NULL;

DELETE FROM "delivery_minute" m USING "webhook" w WHERE w."id" = m."webhook_id" AND w."project_id" IS NULL;
DELETE FROM "delivery_hour" h USING "webhook" w WHERE w."id" = h."webhook_id" AND w."project_id" IS NULL;

CREATE TEMP TABLE "counted_together" AS
WITH times AS (
  SELECT "of", "webhook_id", "at", array_agg("sum" ORDER BY "place") AS "times"
    FROM (SELECT "of", "webhook_id", "at", "place", sum("count")::int AS "sum"
            FROM "counted_apart", unnest("times") WITH ORDINALITY AS t("count", "place") GROUP BY 1, 2, 3, 4) AS sums
   GROUP BY 1, 2, 3
),
counts AS (
  SELECT "of", "organization_id", "webhook_id", "at", sum("delivered")::int AS "delivered", sum("failed")::int AS "failed",
         sum("cancelled")::int AS "cancelled"
    FROM "counted_apart" GROUP BY 1, 2, 3, 4
)
SELECT counts.*, times."times" FROM counts LEFT JOIN times USING ("of", "webhook_id", "at");

INSERT INTO "delivery_minute" ("organization_id", "project_id", "webhook_id", "at", "delivered", "failed", "cancelled", "times")
SELECT "organization_id", NULL, "webhook_id", "at", "delivered", "failed", "cancelled", "times" FROM "counted_together" WHERE "of" = 'minute';
INSERT INTO "delivery_hour" ("organization_id", "project_id", "webhook_id", "at", "delivered", "failed", "cancelled", "times")
SELECT "organization_id", NULL, "webhook_id", "at", "delivered", "failed", "cancelled", "times" FROM "counted_together" WHERE "of" = 'hour';

DROP TABLE "counted_apart", "counted_together";

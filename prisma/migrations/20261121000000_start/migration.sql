-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "profile" AS ENUM ('PLANE', 'ONPLANA', 'PLANE_CONNECTION', 'TASKS', 'TESTPLANIT', 'SLACK', 'STANDARD');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER');

-- CreateEnum
CREATE TYPE "permission" AS ENUM ('WEBHOOK_MANAGE', 'WEBHOOK_READ', 'DELIVERY_REPLAY', 'EVENT_PUBLISH', 'INBOUND_MANAGE', 'KEY_MANAGE', 'AUDIT_READ', 'MEMBER_MANAGE', 'ORGANIZATION_MANAGE');

-- CreateEnum
CREATE TYPE "webhook_health_state" AS ENUM ('HEALTHY', 'DEGRADED', 'DISABLED');

-- CreateEnum
CREATE TYPE "secret_state" AS ENUM ('ACTIVE', 'RETIRING');

-- CreateEnum
CREATE TYPE "direction" AS ENUM ('OUTBOUND', 'INBOUND');

-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('PENDING', 'SENDING', 'RETRYING', 'DELIVERED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "attempt_outcome" AS ENUM ('SUCCEEDED', 'HTTP_ERROR', 'TIMEOUT', 'DNS_ERROR', 'CONNECT_ERROR', 'TLS_ERROR', 'BLOCKED_ADDRESS', 'INVALID_RESPONSE');

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "routing_version" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "profile" "profile" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "organization_id" UUID,
    "project_id" UUID,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "role" "role",
    "permissions" "permission"[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_type" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "name" TEXT NOT NULL,
    "category" TEXT,
    "description" TEXT,
    "schema" JSON NOT NULL,
    "example" JSON,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_type_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "profile" "profile" NOT NULL,
    "url" TEXT NOT NULL,
    "url_sealed" BYTEA,
    "event_types" TEXT[],
    "active" BOOLEAN NOT NULL DEFAULT true,
    "retry_schedule_ms" INTEGER[],
    "own_schedule" BOOLEAN NOT NULL DEFAULT false,
    "timeout_ms" INTEGER,
    "headers_sealed" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_state" (
    "webhook_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "health" "webhook_health_state" NOT NULL DEFAULT 'HEALTHY',
    "health_reason" TEXT,
    "consecutive_failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "last_dispatched_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "last_failure_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_state_pkey" PRIMARY KEY ("webhook_id")
);

-- CreateTable
CREATE TABLE "webhook_secret" (
    "id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "state" "secret_state" NOT NULL,
    "retires_at" TIMESTAMPTZ(3),
    "extended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "type" TEXT NOT NULL,
    "data" JSON NOT NULL,
    "previous" JSON,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "is_test" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_key" (
    "scope_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "digest" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("scope_id","key")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "webhook_id" UUID,
    "event_id" UUID,
    "event_type" TEXT NOT NULL,
    "direction" "direction" NOT NULL DEFAULT 'OUTBOUND',
    "status" "delivery_status" NOT NULL,
    "status_reason" TEXT,
    "attempt_count" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "leased_by" UUID,
    "response_code" INTEGER,
    "response_time_ms" INTEGER,
    "is_test" BOOLEAN NOT NULL DEFAULT false,
    "replay_of_id" UUID,
    "payload_digest" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempt" (
    "delivery_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER NOT NULL,
    "outcome" "attempt_outcome" NOT NULL,
    "response_code" INTEGER,
    "response_headers" JSON,
    "response_body" TEXT,
    "response_truncated" BOOLEAN NOT NULL DEFAULT false,
    "error" TEXT,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "process" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "process_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "project_organization_id_id_idx" ON "project"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_digest_key" ON "api_key"("digest");

-- CreateIndex
CREATE INDEX "api_key_organization_id_id_idx" ON "api_key"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "event_type_organization_id_project_id_name_key" ON "event_type"("organization_id", "project_id", "name") NULLS NOT DISTINCT;

-- CreateIndex
CREATE INDEX "webhook_organization_id_id_idx" ON "webhook"("organization_id", "id");

-- CreateIndex
CREATE INDEX "webhook_project_id_id_idx" ON "webhook"("project_id", "id");

-- CreateIndex
CREATE INDEX "webhook_secret_webhook_id_idx" ON "webhook_secret"("webhook_id");

-- CreateIndex
CREATE INDEX "event_organization_id_id_idx" ON "event"("organization_id", "id");

-- CreateIndex
CREATE INDEX "idempotency_key_expires_at_idx" ON "idempotency_key"("expires_at");

-- CreateIndex
CREATE INDEX "delivery_organization_id_id_idx" ON "delivery"("organization_id", "id");

-- CreateIndex
CREATE INDEX "delivery_project_id_id_idx" ON "delivery"("project_id", "id");

-- CreateIndex
CREATE INDEX "delivery_webhook_id_id_idx" ON "delivery"("webhook_id", "id");

-- CreateIndex
CREATE INDEX "delivery_event_id_idx" ON "delivery"("event_id");

-- CreateIndex
CREATE INDEX "delivery_organization_id_event_type_id_idx" ON "delivery"("organization_id", "event_type", "id");

-- CreateIndex
CREATE INDEX "delivery_organization_id_changed_at_idx" ON "delivery"("organization_id", "changed_at");

-- AddForeignKey
ALTER TABLE "project" ADD CONSTRAINT "project_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_type" ADD CONSTRAINT "event_type_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "event_type" ADD CONSTRAINT "event_type_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_state" ADD CONSTRAINT "webhook_state_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_secret" ADD CONSTRAINT "webhook_secret_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What follows Prisma's schema language cannot say. `event`, `delivery` and `attempt` have no foreign keys on purpose:
-- each would cost a row lock on a hot parent for every delivery (docs/decisions/0003-log-tables-without-foreign-keys.md).

-- An open delivery has one owner: the process that leased it or, where none has, its webhook's workflow, which must know
-- when it is due. A closed one has none.
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_owner_check" CHECK (
  CASE "status"
    WHEN 'SENDING' THEN "leased_by" IS NOT NULL
    WHEN 'PENDING' THEN "leased_by" IS NOT NULL OR "next_attempt_at" IS NOT NULL
    WHEN 'RETRYING' THEN "leased_by" IS NOT NULL OR "next_attempt_at" IS NOT NULL
    ELSE "leased_by" IS NULL
  END
);

-- What processes own, for the sweep; what workflows own by when it is due, for each webhook's workflow and for the sweep.
CREATE INDEX "delivery_leased_by_idx" ON "delivery"("leased_by") WHERE "leased_by" IS NOT NULL;
CREATE INDEX "delivery_webhook_due_idx" ON "delivery"("webhook_id", "next_attempt_at") WHERE "leased_by" IS NULL AND "status" IN ('PENDING', 'RETRYING');

-- Lists filtered by a status or a response code that is rare: the common ones are found at once in the plain lists.
CREATE INDEX "delivery_organization_status_idx" ON "delivery"("organization_id", "status", "id") WHERE "status" IN ('RETRYING', 'FAILED', 'CANCELLED');
CREATE INDEX "delivery_project_status_idx" ON "delivery"("project_id", "status", "id") WHERE "status" IN ('RETRYING', 'FAILED', 'CANCELLED');
CREATE INDEX "delivery_webhook_status_idx" ON "delivery"("webhook_id", "status", "id") WHERE "status" IN ('RETRYING', 'FAILED', 'CANCELLED');
CREATE INDEX "delivery_organization_code_idx" ON "delivery"("organization_id", "response_code", "id") WHERE "response_code" <> 200;
CREATE INDEX "delivery_replay_of_idx" ON "delivery"("replay_of_id") WHERE "replay_of_id" IS NOT NULL;

-- Rewritten with every batch of attempts: room on the page keeps those updates out of the index.
ALTER TABLE "webhook_state" SET (fillfactor = 50);

-- A webhook's health as a small state machine, fed with one attempt at a time. It is an aggregate, so that the statement that
-- records a batch of attempts counts them in the order in which they finished. DISABLED is left by people alone.
CREATE TYPE "health_count" AS (
  "health" "webhook_health_state",
  "reason" TEXT,
  "failures" INTEGER,
  "since" TIMESTAMPTZ(3)
);

CREATE FUNCTION "health_step"(
  "state" "health_count", "before" "health_count",
  "degraded_at" INTEGER, "disabled_at" INTEGER, "disabled_after_ms" BIGINT,
  "succeeded" BOOLEAN, "finished_at" TIMESTAMPTZ,
  -- Why this one attempt disables at once, or null.
  "disables" TEXT,
  -- Set where the delivery is exhausted and its profile disables for that: when its first attempt ended.
  "exhausted_since" TIMESTAMPTZ
) RETURNS "health_count" LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  h "health_count" := coalesce("state", "before");
BEGIN
  IF h."health" = 'DISABLED' THEN
    RETURN h;
  END IF;
  IF "succeeded" THEN
    RETURN ROW('HEALTHY'::"webhook_health_state", NULL, 0, NULL)::"health_count";
  END IF;
  h."failures" := h."failures" + 1;
  h."since" := coalesce(h."since", "finished_at");
  IF "disables" IS NOT NULL THEN
    h."health" := 'DISABLED';
    h."reason" := "disables";
  ELSIF h."failures" >= "disabled_at" THEN
    h."health" := 'DISABLED';
    h."reason" := h."failures" || ' attempts in a row failed.';
  ELSIF "finished_at" - h."since" >= "disabled_after_ms" * INTERVAL '1 millisecond' THEN
    h."health" := 'DISABLED';
    h."reason" := 'Every attempt failed since ' || to_char(h."since" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '.';
  ELSIF h."since" <= "exhausted_since" THEN
    h."health" := 'DISABLED';
    h."reason" := 'A delivery failed for good, and none succeeded meanwhile.';
  ELSIF h."failures" >= "degraded_at" THEN
    h."health" := 'DEGRADED';
    h."reason" := h."failures" || CASE h."failures" WHEN 1 THEN ' attempt' ELSE ' attempts in a row' END || ' failed.';
  END IF;
  RETURN h;
END $$;

CREATE AGGREGATE "health_after"(
  "before" "health_count", "degraded_at" INTEGER, "disabled_at" INTEGER, "disabled_after_ms" BIGINT,
  "succeeded" BOOLEAN, "finished_at" TIMESTAMPTZ, "disables" TEXT, "exhausted_since" TIMESTAMPTZ
) (SFUNC = "health_step", STYPE = "health_count");

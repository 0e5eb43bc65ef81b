-- Of a member in one project, beside the role in the organization.
ALTER TYPE "role" ADD VALUE 'PROJECT_ADMIN';

CREATE TABLE "member" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT,
    "role" "role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "member_organization_id_user_id_key" ON "member"("organization_id", "user_id");
CREATE INDEX "member_user_id_idx" ON "member"("user_id");
CREATE INDEX "member_organization_id_id_idx" ON "member"("organization_id", "id");
ALTER TABLE "member" ADD CONSTRAINT "member_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "project_member" (
    "member_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,

    CONSTRAINT "project_member_pkey" PRIMARY KEY ("member_id","project_id")
);
CREATE INDEX "project_member_project_id_idx" ON "project_member"("project_id");
ALTER TABLE "project_member" ADD CONSTRAINT "project_member_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "project_member" ADD CONSTRAINT "project_member_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "role_permissions" (
    "organization_id" UUID NOT NULL,
    "role" "role" NOT NULL,
    "permissions" "permission"[],

    CONSTRAINT "role_permissions_pkey" PRIMARY KEY ("organization_id","role")
);
ALTER TABLE "role_permissions" ADD CONSTRAINT "role_permissions_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "portal_link" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "permissions" "permission"[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "portal_link_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "portal_link_digest_key" ON "portal_link"("digest");
CREATE INDEX "portal_link_organization_id_id_idx" ON "portal_link"("organization_id", "id");
ALTER TABLE "portal_link" ADD CONSTRAINT "portal_link_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "portal_link" ADD CONSTRAINT "portal_link_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Who did what. No foreign key: what was done to an organization is known even when it is gone.
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID,
    "principal_kind" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target_type" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "address" TEXT,
    "user_agent" TEXT,
    "before" JSON,
    "after" JSON,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_event_organization_id_id_idx" ON "audit_event"("organization_id", "id");
CREATE INDEX "audit_event_organization_id_target_id_id_idx" ON "audit_event"("organization_id", "target_id", "id");

-- What was written stays written. A trigger, and not privileges alone, because the service owns its tables, and owners may
-- do everything.
CREATE FUNCTION "refuse_change"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The audit log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE ON "audit_event" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_event_not_emptied" BEFORE TRUNCATE ON "audit_event" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
REVOKE UPDATE, DELETE, TRUNCATE ON "audit_event" FROM PUBLIC, CURRENT_USER;

-- Whom somebody here has removed: an issuer's rules make them no member again.
CREATE TABLE "member_removal" (
    "organization_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "removed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_removal_pkey" PRIMARY KEY ("organization_id", "user_id"),
    CONSTRAINT "member_removal_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "member_removal_organization_id_removed_at_idx" ON "member_removal"("organization_id", "removed_at");

CREATE INDEX "member_removal_user_id_idx" ON "member_removal"("user_id");

CREATE TYPE "PortalLanguage" AS ENUM ('EN', 'DE');

CREATE TYPE "PortalPart" AS ENUM ('OVERVIEW', 'WEBHOOKS', 'DELIVERIES', 'EVENTS', 'CATALOGUE', 'INBOUND', 'LIVE_SIGN', 'APPEARANCE_SWITCH');

CREATE TABLE "portal_theme" (
    "project_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "light" JSONB,
    "dark" JSONB,
    "radius" INTEGER,
    "fonts" TEXT[],
    "title" TEXT,
    "language" "PortalLanguage",
    "hidden" "PortalPart"[],
    "back_url" TEXT,
    "back_label" TEXT,
    "logo_id" UUID,
    "favicon_id" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "portal_theme_pkey" PRIMARY KEY ("project_id"),
    CONSTRAINT "portal_theme_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "portal_theme_organization_id_idx" ON "portal_theme"("organization_id");

CREATE TABLE "portal_image" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "portal_image_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "portal_image_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX "portal_image_organization_id_idx" ON "portal_image"("organization_id");

CREATE INDEX "portal_image_project_id_idx" ON "portal_image"("project_id");

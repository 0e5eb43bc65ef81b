-- Labels of events. A new nullable column rewrites nothing, and events without labels pay nothing for it.
ALTER TABLE "event" ADD COLUMN "labels" JSONB;

-- The events and deliveries of each label and type, newest last: filters by label read them backwards. They are logs: no foreign
-- keys (docs/decisions/0003-log-tables-without-foreign-keys.md). Deliveries have a list of their own because they sort by their own
-- ids: a replay of an old event is new. Labels and types are only compared for equality, so they need no collation.
CREATE TABLE "event_label" (
    "organization_id" UUID NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "event_type" TEXT COLLATE "C" NOT NULL,
    "event_id" UUID NOT NULL,

    CONSTRAINT "event_label_pkey" PRIMARY KEY ("organization_id","key","value","event_type","event_id")
);

CREATE TABLE "delivery_label" (
    "organization_id" UUID NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "event_type" TEXT COLLATE "C" NOT NULL,
    "delivery_id" UUID NOT NULL,

    CONSTRAINT "delivery_label_pkey" PRIMARY KEY ("organization_id","key","value","event_type","delivery_id")
);

CREATE TABLE "log_level" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "level" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "log_level_pkey" PRIMARY KEY ("only")
);
ALTER TABLE "log_level" ADD CONSTRAINT "log_level_one_row" CHECK ("only");

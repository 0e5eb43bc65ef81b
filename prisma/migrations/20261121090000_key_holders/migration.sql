-- Which encryption keys each running process knows: nothing is sealed again under a key that one of them could not open.
CREATE TABLE "key_holder" (
    "id" UUID NOT NULL,
    "key_ids" TEXT[],
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "key_holder_pkey" PRIMARY KEY ("id")
);

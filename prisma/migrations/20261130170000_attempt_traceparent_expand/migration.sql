-- What an attempt's request carried as `traceparent`. May be null, so no table is rewritten.
ALTER TABLE "attempt" ADD COLUMN "traceparent" BYTEA;

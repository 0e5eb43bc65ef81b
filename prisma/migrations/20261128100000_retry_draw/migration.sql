-- What was drawn for the delay after the last attempt: with the attempt's times and the webhook's schedule it gives next_attempt_at again.
ALTER TABLE "delivery" ADD COLUMN "retry_draw" SMALLINT;

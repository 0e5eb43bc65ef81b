-- Why a delivery was cancelled: a recovery sends again what the webhook's state cancelled, and never what a person did. The column
-- of older deliveries stays null: their cause is read from status_reason.
CREATE TYPE "cancel_cause" AS ENUM ('PERSON', 'WEBHOOK_INACTIVE', 'WEBHOOK_DISABLED', 'WEBHOOK_DELETED', 'TYPE_NOT_TAKEN');
ALTER TABLE "delivery" ADD COLUMN "cancelled_by" "cancel_cause";

-- Deliveries of a paused webhook. In a migration of its own: the transaction that adds the value may not use it.
ALTER TYPE "delivery_status" ADD VALUE 'HELD';

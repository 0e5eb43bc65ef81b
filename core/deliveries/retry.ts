import type { Pool } from 'pg';
import { requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { loadWebhook } from './routing.ts';
import { requireSendable } from './sendable.ts';
import type { Waker } from './waker.ts';

/**
 * Makes a waiting delivery due now. It keeps its place in the schedule: if this attempt fails, the next delay follows.
 *
 * @throws ApiError NOT_FOUND, FORBIDDEN, or CONFLICT if it is not waiting
 */
export type RetryDelivery = (principal: Principal, id: string) => Promise<void>;

export function createRetry(parts: {
  prisma: PrismaClient;
  pool: Pool;
  keys: KeyRing;
  waker: Waker;
  notifier: Notifier;
}): RetryDelivery {
  const { prisma, pool, keys, waker, notifier } = parts;
  return async (principal, id) => {
    const delivery = await prisma.delivery.findFirst({
      where: { AND: [visible(principal), { id }] },
      select: { organizationId: true, projectId: true, webhookId: true },
    });
    if (!delivery) throw notFound('delivery', 'input.id');
    requireIn(principal, 'DELIVERY_REPLAY', delivery, 'input.id');
    const { organizationId, projectId, webhookId } = delivery;
    if (webhookId !== null) requireSendable((await loadWebhook(pool, keys, webhookId)) ?? undefined, 'input.id');
    await inTransaction(prisma, organizationId, async (transaction) => {
      const [moved] = await transaction.$queryRaw<{ due: Date }[]>`
        WITH waiting AS (
          SELECT id, next_attempt_at AS due FROM delivery
           WHERE id = ${id}::uuid AND webhook_id IS NOT NULL AND leased_by IS NULL AND status IN ('PENDING', 'RETRYING')
             FOR UPDATE
        )
        UPDATE delivery d SET next_attempt_at = least(due, now()), version = version + 1, changed_at = clock_timestamp()
          FROM waiting WHERE d.id = waiting.id
        RETURNING waiting.due`;
      if (!moved) throw await notWaiting(transaction, id);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: 'delivery.retried',
        target: { type: 'delivery', id },
        before: { nextAttemptAt: moved.due },
      });
    });
    notifier.changed(organizationId, [id]);
    if (webhookId !== null) await waker.retryNow(webhookId, id);
  };
}

async function notWaiting(store: Pick<PrismaClient, 'delivery'>, id: string): Promise<ApiError> {
  const now = await store.delivery.findUnique({ where: { id }, select: { status: true, direction: true } });
  const open = now?.status === 'SENDING' || now?.status === 'PENDING' || now?.status === 'RETRYING';
  const next =
    now?.direction === 'INBOUND'
      ? 'Inbound deliveries are not retried.'
      : now?.status === 'HELD'
        ? 'It is held because its webhook is paused: use "resumeWebhook", and it is sent in its turn.'
        : open
          ? 'It is being attempted already.'
          : `It is ${now?.status} and waits for nothing: use "replayDelivery" to send its event again.`;
  return new ApiError('CONFLICT', next, 'input.id');
}

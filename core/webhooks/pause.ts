import type { Pool } from 'pg';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { holdWaiting } from '../deliveries/hold.ts';
import { loadWebhook } from '../deliveries/routing.ts';
import { requireSendable } from '../deliveries/sendable.ts';
import type { Waker } from '../deliveries/waker.ts';
import { checkDescription } from '../ground/names.ts';
import type { Notifier } from '../live/notifier.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { webhookFor } from './managed.ts';

/** Pausing holds a webhook's deliveries; resuming sends them in the order of their events. */
export interface Pause {
  /** Changes nothing if the webhook is paused; if it is resuming, that ends. @throws ApiError NOT_FOUND or FORBIDDEN */
  pause(principal: Principal, id: string, reason: string | null): Promise<void>;
  /** Changes nothing unless the webhook is paused. @throws ApiError NOT_FOUND, FORBIDDEN, or CONFLICT if it is stopped */
  resume(principal: Principal, id: string): Promise<void>;
}

/** The call itself holds about so much; the webhook's workflow holds the rest. Milliseconds. */
const holdsForMs = 1_000;
const paused = { pausedAt: true, pauseReason: true, resumingAt: true } as const;

export function createPause(parts: {
  pool: Pool;
  prisma: PrismaClient;
  keys: KeyRing;
  notifier: Notifier;
  waker: Waker;
  /** Called after the commit. */
  startResume: (webhookId: string, organizationId: string) => void;
}): Pause {
  const { pool, prisma, keys, notifier, waker, startResume } = parts;
  return {
    async pause(principal, id, reason) {
      const { organizationId, projectId } = await webhookFor(
        prisma,
        principal,
        'WEBHOOK_MANAGE',
        id,
        'input.webhookId',
      );
      const pauseReason = checkDescription(reason, 'input.reason');
      await inTransaction(prisma, organizationId, async (transaction) => {
        // First, because it locks the organization. Publishers with older routes notice: what they store later is held.
        await raiseRoutingVersion(transaction, organizationId);
        const before = await transaction.webhook.findUniqueOrThrow({ where: { id }, select: paused });
        if (before.pausedAt !== null && before.resumingAt === null) return;
        const after = { pausedAt: before.pausedAt ?? new Date(), pauseReason, resumingAt: null };
        await transaction.webhook.update({ where: { id }, data: after, select: { id: true } });
        const target = { type: 'webhook', id } as const;
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'webhook.paused',
          target,
          before,
          after,
        });
      });
      const until = performance.now() + holdsForMs;
      await holdWaiting({ pool, notifier }, { id, organizationId }, () => performance.now() < until);
      // It holds the rest, and what processes hand over that had it in their queues.
      waker.wake(id, Date.now());
      notifier.changed(organizationId, [id], 'resume');
    },

    async resume(principal, id) {
      const { organizationId, projectId } = await webhookFor(
        prisma,
        principal,
        'WEBHOOK_MANAGE',
        id,
        'input.webhookId',
      );
      // What is sent to a stopped webhook would be cancelled.
      requireSendable((await loadWebhook(pool, keys, id)) ?? undefined, 'input.webhookId');
      const resuming = await inTransaction(prisma, organizationId, async (transaction) => {
        await raiseRoutingVersion(transaction, organizationId);
        const before = await transaction.webhook.findUniqueOrThrow({ where: { id }, select: paused });
        if (before.pausedAt === null || before.resumingAt !== null) return before.resumingAt !== null;
        const after = { resumingAt: new Date() };
        await transaction.webhook.update({ where: { id }, data: after, select: { id: true } });
        const target = { type: 'webhook', id } as const;
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'webhook.resumed',
          target,
          before,
          after,
        });
        return true;
      });
      if (resuming) startResume(id, organizationId);
    },
  };
}

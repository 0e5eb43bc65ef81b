import { requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import type { Notifier } from '../live/notifier.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import type { DeliveryStatus } from '../store/prisma/enums.ts';
import { inTransaction } from '../store/transaction.ts';
import { cancelWaiting } from './cancelWaiting.ts';
import type { Waker } from './waker.ts';

const maxCancelled = 100;
const reason = 'It was cancelled by “cancelDelivery”.';

/** The result of cancelling several deliveries. */
export interface Cancelled {
  readonly cancelledIds: readonly string[];
  /** Those that were not waiting: they were being sent, or had ended. */
  readonly skippedIds: readonly string[];
}

/** Cancels deliveries that wait for an attempt. A recovery does not send them again; a replay does. */
export interface CancelDeliveries {
  /** @throws ApiError NOT_FOUND, FORBIDDEN, or CONFLICT if it is being sent or has ended */
  one(principal: Principal, id: string): Promise<void>;
  /** @throws ApiError NOT_FOUND, FORBIDDEN, LIMIT_EXCEEDED; nothing is cancelled then */
  several(principal: Principal, ids: readonly string[]): Promise<Cancelled>;
}

interface Found {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
}

export function createCancel(parts: { prisma: PrismaClient; waker: Waker; notifier: Notifier }): CancelDeliveries {
  const { prisma, waker, notifier } = parts;

  async function permitted(principal: Principal, ids: readonly string[], field: (index: number) => string) {
    const rows: Found[] = await prisma.delivery.findMany({
      where: { AND: [visible(principal), { id: { in: [...ids] } }] },
      select: { id: true, organizationId: true, projectId: true, webhookId: true },
    });
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id, index) => {
      const row = found.get(id);
      if (!row) throw notFound('delivery', field(index));
      requireIn(principal, 'DELIVERY_REPLAY', row, field(index));
      return row;
    });
  }

  /**
   * Cancels what waits for one webhook.
   *
   * @param after - called in the transaction with the ids that were cancelled
   */
  async function cancel(
    principal: Principal,
    found: readonly Found[],
    after: (transaction: Prisma.TransactionClient, cancelled: readonly string[]) => Promise<void> = async () => {},
  ): Promise<string[]> {
    const [first] = found;
    if (!first || first.webhookId === null) {
      if (first) await inTransaction(prisma, first.organizationId, (transaction) => after(transaction, []));
      return [];
    }
    const { webhookId, organizationId, projectId } = first;
    const ids = found.map(({ id }) => id);
    const cancelled = await inTransaction(prisma, organizationId, async (transaction) => {
      const rows = await transaction.$queryRawUnsafe<{ id: string }[]>(
        cancelWaiting,
        ...[webhookId, new Date(), reason, true, ids, true, 'PERSON'],
      );
      for (const { id } of rows) {
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'delivery.cancelled',
          target: { type: 'delivery', id },
        });
      }
      const done = rows.map(({ id }) => id);
      await after(transaction, done);
      return done;
    });
    notifier.changed(organizationId, cancelled);
    // The rows say it already: the workflow, if it is not told now, finds out when they are due.
    waker.cancelled(webhookId, cancelled);
    return cancelled;
  }

  return {
    async one(principal, id) {
      const found = await permitted(principal, [id], () => 'input.id');
      await cancel(principal, found, async (transaction, [done]) => {
        if (done === undefined) throw await notWaiting(transaction, id);
      });
    },

    async several(principal, ids) {
      const unique = [...new Set(ids)];
      if (unique.length > maxCancelled) {
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `A call takes at most ${maxCancelled} deliveries; nothing was cancelled.`,
          'input.ids',
        );
      }
      const found = await permitted(principal, unique, (index) => `input.ids[${ids.indexOf(unique[index] as string)}]`);
      const done = new Set<string>();
      for (const webhookId of new Set(found.map((each) => each.webhookId))) {
        const cancelled = await cancel(
          principal,
          found.filter((each) => each.webhookId === webhookId),
        );
        for (const id of cancelled) done.add(id);
      }
      return {
        cancelledIds: unique.filter((id) => done.has(id)),
        skippedIds: unique.filter((id) => !done.has(id)),
      };
    },
  };
}

const ended: ReadonlySet<DeliveryStatus> = new Set(['DELIVERED', 'FAILED', 'CANCELLED']);

async function notWaiting(store: Pick<PrismaClient, 'delivery'>, id: string): Promise<ApiError> {
  const now = await store.delivery.findUnique({ where: { id }, select: { status: true, direction: true } });
  const why =
    now?.direction === 'INBOUND'
      ? 'A report of a tracker is not sent, so it cannot be cancelled.'
      : now && ended.has(now.status)
        ? `It is ${now.status} already: there is nothing to cancel.`
        : 'It is being sent at this moment. If that fails and it waits for a retry, it can be cancelled then.';
  return new ApiError('CONFLICT', why, 'input.id');
}

import type { PoolClient } from 'pg';
import { requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { once } from '../actions/actionKey.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { DirectDeliveries, DirectDelivery } from './direct.ts';
import { type HeadRow, headColumns, headOf, textBytes } from './envelopeRow.ts';
import type { DeliverableWebhook } from './routing.ts';
import { requireSendable } from './sendable.ts';

const maxReplays = 100;

export interface BulkReplay {
  /** Ids of the new deliveries, in the order given. */
  readonly deliveryIds: readonly string[];
  /** Inbound deliveries, which cannot be replayed. */
  readonly skippedInboundIds: readonly string[];
}

/** Sends the events of old deliveries again, as new deliveries. */
export interface Replays {
  /** @returns the new delivery's id. @throws ApiError NOT_FOUND, FORBIDDEN, CONFLICT */
  replay(principal: Principal, id: string, key: string | null): Promise<string>;
  /** All or none. @throws as `replay`; LIMIT_EXCEEDED for more than 100 */
  bulkReplay(principal: Principal, ids: readonly string[], key: string | null): Promise<BulkReplay>;
}

interface Old {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly direction: 'OUTBOUND' | 'INBOUND';
}

export function createReplays(prisma: PrismaClient, direct: DirectDeliveries): Replays {
  /** @returns the deliveries of the ids, in order. @throws ApiError NOT_FOUND, FORBIDDEN */
  async function permitted(principal: Principal, ids: readonly string[], field: (index: number) => string) {
    const rows: Old[] = await prisma.delivery.findMany({
      where: { AND: [visible(principal), { id: { in: [...ids] } }] },
      select: { id: true, organizationId: true, projectId: true, webhookId: true, direction: true },
    });
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id, index) => {
      const old = found.get(id);
      if (!old) throw notFound('delivery', field(index));
      requireIn(principal, 'DELIVERY_REPLAY', old, field(index));
      return { ...old, field: field(index) };
    });
  }

  async function send(principal: Principal, olds: readonly (Old & { field: string })[], key: string | null) {
    const [first] = olds;
    if (!first) return [];
    const request = ['replay', ...olds.map(({ id }) => id)];
    return direct.run(first.organizationId, ({ transaction, webhooks, add }) =>
      once(transaction, principal, { organizationId: first.organizationId, key, request }, async () => {
        const current = await webhooks(olds.flatMap(({ webhookId }) => webhookId ?? []));
        for (const { webhookId, field } of olds) requireSendable(current.get(webhookId ?? ''), field);
        const replays = await replaysOf(
          transaction,
          olds.map(({ id }) => id),
          current,
        );
        const gone = olds.find((_, index) => !replays[index]);
        if (gone)
          throw new ApiError(
            'CONFLICT',
            'The event of this delivery was erased, or is gone with the old part of the log: publish it anew.',
            gone.field,
          );
        const deliveries = replays as DirectDelivery[];
        await add(deliveries);
        for (const { envelope, webhook, replayOfId } of deliveries) {
          await audit(transaction, principal, {
            organizationId: envelope.organizationId,
            projectId: webhook.projectId,
            action: 'delivery.replayed',
            target: { type: 'delivery', id: replayOfId as string },
            after: { deliveryId: envelope.deliveryId },
          });
        }
        return deliveries.map(({ envelope }) => envelope.deliveryId);
      }),
    );
  }

  return {
    async replay(principal, id, key) {
      const olds = await permitted(principal, [id], () => 'input.id');
      if (olds[0]?.direction === 'INBOUND') {
        throw new ApiError(
          'CONFLICT',
          'Inbound deliveries cannot be replayed: have the tracker send it again.',
          'input.id',
        );
      }
      const [deliveryId] = await send(principal, olds, key);
      return deliveryId as string;
    },

    async bulkReplay(principal, ids, key) {
      const unique = [...new Set(ids)];
      if (unique.length > maxReplays) {
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `A call takes at most ${maxReplays} deliveries; nothing was sent. Use "recoverDeliveries" for all deliveries of a webhook.`,
          'input.ids',
        );
      }
      const at = new Map(ids.map((id, index) => [id, index] as const).reverse());
      const olds = await permitted(principal, unique, (index) => `input.ids[${at.get(unique[index] as string)}]`);
      const inbound = olds.filter(({ direction }) => direction === 'INBOUND');
      const outbound = olds.filter(({ direction }) => direction === 'OUTBOUND');
      return {
        deliveryIds: await send(principal, outbound, key),
        skippedInboundIds: inbound.map(({ id }) => id),
      };
    },
  };
}

/**
 * Creates new deliveries of old deliveries' events.
 *
 * @param webhooks - the receiving webhooks, by id
 * @returns one for each id, in order; undefined if the event was erased, or it or the webhook is gone
 */
export async function replaysOf(
  transaction: PoolClient,
  ids: readonly string[],
  webhooks: ReadonlyMap<string, DeliverableWebhook>,
): Promise<(DirectDelivery | undefined)[]> {
  // The lock keeps the event from being pruned or erased before the new delivery refers to it.
  const { rows } = await transaction.query<HeadRow & { is_test: boolean; bytes: number }>({
    name: 'replayed',
    text: `SELECT ${headColumns}, ${textBytes} AS bytes, d.is_test
             FROM unnest($1::uuid[]) AS wanted(id) JOIN delivery d USING (id) JOIN event e ON e.id = d.event_id
            WHERE e.erased_at IS NULL
              FOR SHARE OF e`,
    values: [ids],
  });
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = found.get(id);
    const webhook = row && webhooks.get(row.webhook_id);
    if (!webhook) return undefined;
    const envelope = { ...headOf(row), deliveryId: newId() };
    return { envelope, bytes: row.bytes, webhook, isTest: row.is_test, replayOfId: id };
  });
}

import type { PoolClient } from 'pg';
import type { DirectDelivery } from '../deliveries/direct.ts';
import { type HeadRow, headOf, textBytes } from '../deliveries/envelopeRow.ts';
import type { DeliverableWebhook } from '../deliveries/routing.ts';
import { newId } from '../ground/newId.ts';
import type { Item } from './nextItems.ts';

type EventRow = Omit<HeadRow, 'id' | 'webhook_id'> & { readonly bytes: number };

/**
 * Creates the deliveries of events that webhooks missed.
 *
 * @returns one for each item, in order; undefined if the event or the webhook is gone
 */
export async function missedOf(
  transaction: PoolClient,
  items: readonly Item[],
  webhooks: ReadonlyMap<string, DeliverableWebhook>,
): Promise<(DirectDelivery | undefined)[]> {
  // The lock keeps the event from being pruned or erased before the new delivery refers to it.
  const { rows } = await transaction.query<EventRow>({
    name: 'missed',
    text: `SELECT e.id AS event_id, e.organization_id, e.project_id, e.type AS event_type, e.occurred_at,
                  ${textBytes} AS bytes
             FROM event e WHERE e.id = ANY ($1::uuid[]) AND e.erased_at IS NULL FOR SHARE`,
    values: [[...new Set(items.map(({ id }) => id))]],
  });
  const events = new Map(rows.map((row) => [row.event_id, row]));
  return items.map(({ id, webhookId }) => {
    const event = events.get(id);
    const webhook = webhooks.get(webhookId);
    if (!event || !webhook) return undefined;
    const envelope = headOf({ ...event, id: newId(), webhook_id: webhookId });
    return { envelope, bytes: event.bytes, webhook, isTest: false, replayOfId: null };
  });
}

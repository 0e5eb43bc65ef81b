import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { newId } from '../newId.ts';
import type { DirectDeliveries } from './direct.ts';
import { requireSendable } from './sendable.ts';

/**
 * Sends a profile's synthetic event to one webhook. The caller has checked that its principal may do this.
 *
 * @returns the delivery's id
 * @throws ApiError CONFLICT where the webhook gets nothing at present
 */
export function sendTestEvent(direct: DirectDeliveries, webhookId: string, by: Principal): Promise<string> {
  return direct.run(async ({ transaction, webhooks, add }) => {
    const webhook = requireSendable((await webhooks([webhookId])).get(webhookId), 'webhookId');
    const { testEvent } = webhook.profile;
    const envelope = {
      deliveryId: newId(),
      eventId: newId(),
      eventType: testEvent.type,
      occurredAt: testEvent.occurredAt,
      organizationId: webhook.organizationId,
      projectId: webhook.projectId,
      webhookId: webhook.id,
      data: testEvent.data,
      previous: null,
    };
    await transaction.query(
      `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, is_test)
       VALUES ($1, $2, $3, $4, $5, $6, true)`,
      [
        envelope.eventId,
        envelope.organizationId,
        envelope.projectId,
        envelope.eventType,
        envelope.data,
        envelope.occurredAt,
      ],
    );
    await audit(transaction, by, {
      organizationId: webhook.organizationId,
      projectId: webhook.projectId,
      action: 'webhook.tested',
      target: { type: 'webhook', id: webhook.id },
      after: { deliveryId: envelope.deliveryId },
    });
    await add([{ envelope, webhook, isTest: true, replayOfId: null }]);
    return envelope.deliveryId;
  });
}

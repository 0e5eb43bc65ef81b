import type { Principal } from '../access/principal.ts';
import { tenantOf } from '../access/tenant.ts';
import { once } from '../actions/actionKey.ts';
import { audit } from '../audit/audit.ts';
import { newId } from '../ground/newId.ts';
import type { DirectDeliveries } from './direct.ts';
import { requireTestable } from './sendable.ts';

/** A test that has started. */
export interface SentTest {
  readonly deliveryId: string;
  /** Why the webhook gets only tests, before and after this one. Null if it gets its events. */
  readonly stopped: 'INACTIVE' | 'DISABLED' | 'PAUSED' | null;
}

/**
 * Sends a profile's synthetic event to one webhook, also to a disabled or inactive one: people repair it, test it and then enable
 * it. A test counts nowhere. The caller has checked the permission.
 *
 * @param key - an idempotency key: the same call again sends nothing, and gets the first test
 * @throws ApiError NOT_FOUND, or CONFLICT if the webhook was deleted
 */
export function sendTestEvent(
  direct: DirectDeliveries,
  webhookId: string,
  by: Principal,
  key: string | null = null,
): Promise<SentTest> {
  return direct.run(tenantOf(by), async ({ transaction, webhooks, add }) => {
    const webhook = requireTestable((await webhooks([webhookId])).get(webhookId), 'input.webhookId');
    const action = { organizationId: webhook.organizationId, key, request: ['test', webhook.id] };
    return once(transaction, by, action, async () => {
      const { testEvent } = webhook.profile;
      const envelope = {
        deliveryId: newId(),
        eventId: newId(),
        eventType: testEvent.type,
        occurredAt: testEvent.occurredAt,
        organizationId: webhook.organizationId,
        projectId: webhook.projectId,
        webhookId: webhook.id,
      };
      const { data } = testEvent;
      await transaction.query(
        `INSERT INTO event (id, organization_id, project_id, type, data, occurred_at, is_test)
         VALUES ($1, $2, $3, $4, $5, $6, true)`,
        [envelope.eventId, envelope.organizationId, envelope.projectId, envelope.eventType, data, envelope.occurredAt],
      );
      await audit(transaction, by, {
        organizationId: webhook.organizationId,
        projectId: webhook.projectId,
        action: 'webhook.tested',
        target: { type: 'webhook', id: webhook.id },
        after: { deliveryId: envelope.deliveryId },
      });
      await add([{ envelope, bytes: Buffer.byteLength(data), webhook, isTest: true, replayOfId: null }]);
      const stopped =
        webhook.stopped !== null
          ? webhook.health === 'DISABLED'
            ? 'DISABLED'
            : 'INACTIVE'
          : webhook.paused && !webhook.resuming
            ? 'PAUSED'
            : null;
      return { deliveryId: envelope.deliveryId, stopped };
    });
  });
}

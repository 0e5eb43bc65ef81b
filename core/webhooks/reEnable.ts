import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError } from '../ground/errors.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { webhookFor } from './managed.ts';

/** Enables a webhook again that was disabled by its failures. */
export type ReEnable = (principal: Principal, id: string) => Promise<void>;

/** @param onChanged - called with the id of the `health_change` row, after the commit */
export function createReEnable(prisma: PrismaClient, onChanged: (changeId: string) => void): ReEnable {
  return async (principal, id) => {
    const { organizationId, projectId } = await webhookFor(prisma, principal, 'WEBHOOK_MANAGE', id);
    const changeId = await inTransaction(prisma, organizationId, async (transaction) => {
      // Locks the state before the organization, in the same order as the recording of attempts.
      const [change] = await transaction.$queryRaw<{ id: string; reason: string | null; failures: number }[]>`
        WITH before AS (
          SELECT health_reason AS reason, consecutive_failures AS failures
            FROM webhook_state
           WHERE webhook_id = ${id}::uuid AND health = 'DISABLED'
             AND EXISTS (SELECT FROM webhook WHERE id = ${id}::uuid AND deleted_at IS NULL)
             FOR UPDATE
        ),
        enabled AS (
          UPDATE webhook_state SET health = 'HEALTHY', health_reason = NULL, consecutive_failures = 0, failing_since = NULL
           WHERE webhook_id = ${id}::uuid AND EXISTS (SELECT FROM before)
        )
        INSERT INTO health_change (id, organization_id, webhook_id, "from", "to", reason, at)
        SELECT gen_random_uuid(), ${organizationId}::uuid, ${id}::uuid, 'DISABLED', 'HEALTHY', 'It was enabled again.',
               clock_timestamp()
          FROM before
        RETURNING id, (SELECT reason FROM before), (SELECT failures FROM before)`;
      if (!change) {
        throw new ApiError(
          'CONFLICT',
          'This webhook was not disabled by its failures. If it was switched off, switch it on instead.',
          'input.id',
        );
      }
      await raiseRoutingVersion(transaction, organizationId);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: 'webhook.re_enabled',
        target: { type: 'webhook', id },
        before: { health: 'DISABLED', healthReason: change.reason, consecutiveFailures: change.failures },
        after: { health: 'HEALTHY', healthReason: null, consecutiveFailures: 0 },
      });
      return change.id;
    });
    onChanged(changeId);
  };
}

import { requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { visible } from '../access/visible.ts';
import { once } from '../actions/actionKey.ts';
import { audit } from '../audit/audit.ts';
import type { DirectDeliveries } from '../deliveries/direct.ts';
import { requireSendable } from '../deliveries/sendable.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { Notifier } from '../live/notifier.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { webhookFor } from '../webhooks/managed.ts';
import { recoverable } from './recoverable.ts';

export interface RecoveryInput {
  readonly webhookId: string;
  /** Deliveries created at this time or later. */
  readonly since: Date;
  /** Deliveries created before this time. */
  readonly until: Date | null;
  readonly key: string | null;
}

/** Recoveries replay the FAILED and CANCELLED deliveries of a webhook that were created in a period. */
export interface Recoveries {
  /** @returns the recovery's id. @throws ApiError NOT_FOUND, FORBIDDEN, VALIDATION_FAILED or CONFLICT */
  begin(principal: Principal, input: RecoveryInput): Promise<string>;
  /** Ends a recovery. Deliveries that it has replayed already are still sent. */
  cancel(principal: Principal, id: string): Promise<void>;
}

export function createRecoveries(parts: {
  prisma: PrismaClient;
  direct: DirectDeliveries;
  notifier: Notifier;
  /** Called for each new recovery, after the commit. */
  start: (recoveryId: string, organizationId: string) => void;
}): Recoveries {
  const { prisma, direct, notifier, start } = parts;

  return {
    async begin(principal, { webhookId, since, until, key }) {
      const webhook = await webhookFor(prisma, principal, 'DELIVERY_REPLAY', webhookId, 'input.webhookId');
      const { organizationId, projectId } = webhook;
      const now = new Date();
      if (since >= (until ?? now)) throw invalid('input.since', 'Give a time in the past, before "until".');
      const request = ['recover', webhookId, since.toISOString(), until?.toISOString() ?? ''];
      const { id } = await direct.run(organizationId, ({ transaction, webhooks }) =>
        once(transaction, principal, { organizationId, key, request }, async () => {
          // The count comes before the lock of the webhook: attempts cannot be recorded while the webhook is locked.
          const counted = await transaction.query<{ total: string }>(
            `WITH r AS (SELECT $1::uuid AS webhook_id, $2::timestamptz AS since, $3::timestamptz AS until)
             SELECT count(*) AS total FROM delivery d, r WHERE ${recoverable}`,
            [webhookId, since, until ?? now],
          );
          requireSendable((await webhooks([webhookId])).get(webhookId), 'input.webhookId');
          const { rows } = await transaction.query<{ id: string; total: number }>(
            `INSERT INTO recovery (id, organization_id, project_id, webhook_id, since, until, total)
             VALUES ($1, $3, $4, $2, $5, $6, $7)
             ON CONFLICT (webhook_id) WHERE state = 'RUNNING' DO NOTHING
             RETURNING id, total`,
            [newId(), webhookId, organizationId, projectId, since, until ?? now, counted.rows[0]?.total ?? 0],
          );
          const [made] = rows;
          if (!made) {
            throw new ApiError(
              'CONFLICT',
              'A recovery of this webhook is under way: wait for it, or end it with "cancelRecovery".',
              'input.webhookId',
            );
          }
          await audit(transaction, principal, {
            organizationId,
            projectId,
            action: 'recovery.started',
            target: { type: 'recovery', id: made.id },
            after: { webhookId, since, until: until ?? now, total: made.total },
          });
          return { id: made.id };
        }),
      );
      start(id, organizationId);
      return id;
    },

    async cancel(principal, id) {
      const recovery = await prisma.recovery.findFirst({
        where: { AND: [visible(principal), { id }] },
        select: { organizationId: true, projectId: true },
      });
      if (!recovery) throw notFound('recovery', 'input.id');
      requireIn(principal, 'DELIVERY_REPLAY', recovery, 'input.id');
      const { organizationId, projectId } = recovery;
      await inTransaction(prisma, organizationId, async (transaction) => {
        const { count } = await transaction.recovery.updateMany({
          where: { id, state: 'RUNNING' },
          data: {
            state: 'CANCELLED',
            reason: 'It was cancelled.',
            finishedAt: new Date(),
            changedAt: new Date(),
            version: { increment: 1 },
          },
        });
        if (count === 0) throw new ApiError('CONFLICT', 'This recovery has ended already.', 'input.id');
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'recovery.cancelled',
          target: { type: 'recovery', id },
        });
      });
      notifier.changed(organizationId, [id], 'recovery');
    },
  };
}

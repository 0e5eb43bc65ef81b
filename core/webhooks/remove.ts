import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { changedFields } from '../audit/fields.ts';
import { cancelWaiting } from '../deliveries/cancelWaiting.ts';
import { stoppedTexts } from '../deliveries/routing.ts';
import { notFound } from '../ground/errors.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Prisma } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { auditedColumns, auditedWebhook } from './auditedWebhook.ts';
import type { ExistingWebhook } from './managed.ts';

/**
 * Deletes a webhook in one commit: it receives nothing any more, its secrets, its credential URL and its custom headers are
 * deleted, and its waiting deliveries are cancelled. Its row stays as long as the delivery log shows it. If very many deliveries
 * wait, those due first are cancelled here, and the others by its workflow.
 *
 * @returns the ids of the deliveries that were cancelled
 * @throws ApiError NOT_FOUND if it was deleted meanwhile
 */
export async function removeWebhook(
  transaction: Prisma.TransactionClient,
  principal: Principal,
  { id, organizationId, projectId }: ExistingWebhook,
  keys: KeyRing,
): Promise<string[]> {
  // Locks deliveries, then the webhook's state, then the organization, in the same order as the recording of attempts.
  const deletedAt = new Date();
  const cancelled = await transaction.$queryRawUnsafe<{ id: string }[]>(
    cancelWaiting,
    id,
    deletedAt,
    stoppedTexts.WEBHOOK_DELETED,
    true,
    null,
    true,
    'WEBHOOK_DELETED',
  );
  await raiseRoutingVersion(transaction, organizationId);
  const before = await transaction.webhook.findFirst({ where: { id, deletedAt: null }, select: auditedColumns });
  if (!before) throw notFound('webhook', 'input.id');
  await transaction.webhookSecret.deleteMany({ where: { webhookId: id } });
  const gone = { deletedAt, urlSealed: null, headersSealed: null };
  await transaction.webhook.update({ where: { id }, data: gone, select: { id: true } });
  await audit(transaction, principal, {
    organizationId,
    projectId,
    action: 'webhook.deleted',
    target: { type: 'webhook', id },
    ...changedFields(auditedWebhook(before, keys), auditedWebhook({ ...before, ...gone }, keys)),
  });
  return cancelled.map((row) => row.id);
}

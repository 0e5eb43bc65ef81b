import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, notFound } from '../ground/errors.ts';
import { profileOf } from '../profiles/registry.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import type { SecretState } from '../store/prisma/enums.ts';
import { inTransaction } from '../store/transaction.ts';
import { webhookFor } from './managed.ts';

/** A live secret of a webhook, in clear. */
export interface RevealedSecret {
  readonly secret: string;
  readonly state: SecretState;
  readonly createdAt: Date;
  /** Until when a retiring one signs; null for the active one. */
  readonly retiresAt: Date | null;
}

/**
 * Shows a webhook's live secrets again, the active one first. Each call is in the audit log before it is answered.
 *
 * @throws ApiError NOT_FOUND, FORBIDDEN, or CONFLICT if the webhook's profile never shows a secret again
 */
export type RevealSecrets = (principal: Principal, webhookId: string) => Promise<RevealedSecret[]>;

export function createReveal(prisma: PrismaClient, keys: KeyRing): RevealSecrets {
  const field = 'input.webhookId';
  return async (principal, webhookId) => {
    const webhook = await webhookFor(prisma, principal, 'SECRET_REVEAL', webhookId, field, { listeners: true });
    const { organizationId, projectId } = webhook;
    const { name, secret } = profileOf(webhook.profile);
    if (!secret?.revealable) {
      const why = secret
        ? `The profile ${name} shows a secret once, when it is made. Create a new webhook, and delete this one.`
        : `Webhooks of the profile ${name} have no secret: the URL is the credential, and is never shown again.`;
      throw new ApiError('CONFLICT', why, field);
    }
    return inTransaction(prisma, organizationId, async (transaction) => {
      const rows = await transaction.webhookSecret.findMany({
        where: {
          webhookId,
          webhook: { deletedAt: null },
          OR: [{ state: 'ACTIVE' }, { state: 'RETIRING', retiresAt: { gt: new Date() } }],
        },
        select: { id: true, sealed: true, state: true, createdAt: true, retiresAt: true },
        orderBy: { state: 'asc' },
      });
      if (rows.length === 0) throw notFound('webhook', field);
      await audit(transaction, principal, {
        organizationId,
        projectId,
        action: 'webhook.secret_revealed',
        target: { type: 'webhook', id: webhookId },
        after: { revealed: rows.map(({ state }) => state) },
      });
      return rows.map(({ id, sealed, ...row }) => ({
        ...row,
        secret: keys.open(Buffer.from(sealed), `webhook_secret:${id}`),
      }));
    });
  };
}

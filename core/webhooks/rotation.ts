import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import type { AuditFields } from '../audit/fields.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { type StandingWebhook, webhookFor } from './managed.ts';
import { secretFor } from './rules.ts';

/** How long a secret that was rotated goes on signing beside the new one, and by how much one extension prolongs that. */
const windowMs = 24 * 3_600_000;

/** A secret that was just made. */
export interface RotatedSecret {
  /** For the only time. */
  readonly secret: string;
  /** Until when the old one signs as well; null where it ended at once. */
  readonly retiringUntil: Date | null;
}

/** The changing of webhooks' secrets. Each throws ApiError CONFLICT where a webhook's state does not allow it. */
export interface Rotation {
  /** @param own - the caller's secret, where the profile takes one; null makes one */
  rotate(principal: Principal, id: string, own: string | null): Promise<RotatedSecret>;
  /** Ends the old secret now. */
  retire(principal: Principal, id: string): Promise<void>;
  /** Prolongs the old secret's time, once. @returns until when it signs */
  extend(principal: Principal, id: string): Promise<Date>;
}

/**
 * A secret signs until its deadline and never after it, whoever is late: senders look at the deadline with each attempt. What
 * `onDeadline` starts only takes the row away.
 *
 * @param onDeadline - told of each deadline that was set, after the commit
 */
export function createRotation(
  prisma: PrismaClient,
  keys: KeyRing,
  onDeadline: (secretId: string, at: Date) => void,
): Rotation {
  const managed = (principal: Principal, id: string) => webhookFor(prisma, principal, 'WEBHOOK_MANAGE', id);

  /** Runs one change of a webhook's secrets: nobody else changes them meanwhile, and every process routes anew. */
  const change = <T>(
    webhook: StandingWebhook,
    work: (
      transaction: Prisma.TransactionClient,
      write: (action: string, after: AuditFields) => Promise<void>,
    ) => Promise<T>,
  ): ((principal: Principal) => Promise<T>) => {
    const { id, organizationId, projectId } = webhook;
    return (principal) =>
      inTransaction(prisma, organizationId, async (transaction) => {
        // First, because it locks the organization.
        await raiseRoutingVersion(transaction, organizationId);
        // A secret that is stored for a webhook that was deleted meanwhile would stay for good.
        const standing = await transaction.webhook.findFirst({ where: { id, deletedAt: null }, select: { id: true } });
        if (!standing) throw notFound('webhook', 'id');
        return work(transaction, (action, after) =>
          audit(transaction, principal, { organizationId, projectId, action, target: { type: 'webhook', id }, after }),
        );
      });
  };

  return {
    async rotate(principal, id, own) {
      const beganAt = Date.now();
      const webhook = await managed(principal, id);
      const profile = profileOf(webhook.profile);
      requireRotatable(profile);
      const secret = secretFor(profile, own, 'secret') as string;
      const seen = await activeOf(prisma, id);
      if (own !== null && seen && keys.open(Buffer.from(seen.sealed), `webhook_secret:${seen.id}`) === own) {
        throw invalid('secret', 'This is the secret in use: give another one.');
      }
      const rotated = await change(webhook, async (transaction, write) => {
        const active = await activeOf(transaction, id);
        // Reads and changes wait for their turn: one that was made since this call began may have been seen already.
        if (active?.id !== seen?.id || (active && active.createdAt.getTime() > beganAt)) {
          throw new ApiError('CONFLICT', 'This secret was rotated by another call at the same time.', 'id');
        }
        const retiringUntil = await endOld(transaction, profile, id, active?.id ?? null);
        const secretId = newId();
        await transaction.webhookSecret.create({
          data: {
            id: secretId,
            webhookId: id,
            sealed: new Uint8Array(keys.seal(secret, `webhook_secret:${secretId}`)),
            state: 'ACTIVE',
            createdAt: new Date(),
          },
          select: { id: true },
        });
        await write('webhook.secret_rotated', { retiringUntil, broughtByCaller: own !== null });
        return retiringUntil;
      })(principal);
      if (rotated && seen) onDeadline(seen.id, rotated);
      return { secret, retiringUntil: rotated };
    },

    async retire(principal, id) {
      const webhook = await managed(principal, id);
      const ended = await change(webhook, async (transaction, write) => {
        const retiring = await retiringOf(transaction, id);
        await transaction.webhookSecret.delete({ where: { id: retiring.id }, select: { id: true } });
        await write('webhook.secret_retired', { retiringUntil: null });
        return retiring.id;
      })(principal);
      onDeadline(ended, new Date());
    },

    async extend(principal, id) {
      const webhook = await managed(principal, id);
      const extended = await change(webhook, async (transaction, write) => {
        const retiring = await retiringOf(transaction, id);
        if (retiring.extendedAt) {
          throw new ApiError('CONFLICT', 'This secret’s time was extended already: that can be done once.', 'id');
        }
        const until = new Date(retiring.retiresAt.getTime() + windowMs);
        const data = { retiresAt: until, extendedAt: new Date() };
        await transaction.webhookSecret.update({ where: { id: retiring.id }, data, select: { id: true } });
        await write('webhook.secret_extended', { retiringUntil: until });
        return { id: retiring.id, until };
      })(principal);
      onDeadline(extended.id, extended.until);
      return extended.until;
    },
  };
}

function requireRotatable(profile: ProfileDefinition): void {
  if (profile.secret !== null && profile.rotation !== 'REFUSED') return;
  const reason =
    profile.secret === null ? 'have no secret: the URL is the credential' : 'keep the secret that they were made with';
  throw new ApiError(
    'CONFLICT',
    `Webhooks of the profile ${profile.name} ${reason}. Make a new webhook, and delete this one.`,
    'id',
  );
}

const activeOf = (store: Pick<Prisma.TransactionClient, 'webhookSecret'>, webhookId: string) =>
  store.webhookSecret.findFirst({
    where: { webhookId, state: 'ACTIVE' },
    select: { id: true, sealed: true, createdAt: true },
  });

async function retiringOf(transaction: Prisma.TransactionClient, webhookId: string) {
  const retiring = await transaction.webhookSecret.findFirst({
    where: { webhookId, state: 'RETIRING', retiresAt: { gt: new Date() } },
    select: { id: true, retiresAt: true, extendedAt: true },
  });
  if (!retiring?.retiresAt) {
    throw new ApiError('CONFLICT', 'No secret of this webhook is retiring: "rotateWebhookSecret" begins that.', 'id');
  }
  return { ...retiring, retiresAt: retiring.retiresAt };
}

/** Takes the secret in use out of it. @returns until when it signs beside the new one; null where it ends here */
async function endOld(
  transaction: Prisma.TransactionClient,
  profile: ProfileDefinition,
  webhookId: string,
  activeId: string | null,
): Promise<Date | null> {
  const now = Date.now();
  const open = await transaction.webhookSecret.findFirst({
    where: { webhookId, state: 'RETIRING' },
    select: { id: true, retiresAt: true },
  });
  if (open?.retiresAt && open.retiresAt.getTime() > now) {
    throw new ApiError(
      'CONFLICT',
      `The secret before this one signs until ${open.retiresAt.toISOString()}: end it with "retireWebhookSecret" first.`,
      'id',
    );
  }
  if (open) await transaction.webhookSecret.delete({ where: { id: open.id }, select: { id: true } });
  if (activeId === null) return null;
  if (profile.rotation === 'CUTOVER') {
    await transaction.webhookSecret.delete({ where: { id: activeId }, select: { id: true } });
    return null;
  }
  const retiresAt = new Date(now + windowMs);
  const data = { state: 'RETIRING', retiresAt } as const;
  await transaction.webhookSecret.update({ where: { id: activeId }, data, select: { id: true } });
  return retiresAt;
}

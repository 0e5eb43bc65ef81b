import type { Principal } from '../access/principal.ts';
import type { AuditAction } from '../audit/actions.ts';
import { audit } from '../audit/audit.ts';
import type { AuditFields } from '../audit/fields.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import { profileOf } from '../profiles/registry.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import { sameSecret } from '../secrets/sameSecret.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { raiseRoutingVersion } from '../store/routingVersion.ts';
import { inTransaction } from '../store/transaction.ts';
import { addSecret } from './addSecret.ts';
import { type ExistingWebhook, webhookFor } from './managed.ts';
import { secretFor } from './rules.ts';

/** How long the old secret signs beside the new one after a rotation, and how much an extension adds to that. */
const windowMs = 24 * 3_600_000;

/** The result of a rotation. */
export interface RotatedSecret {
  /** The new secret, which is shown this one time. */
  readonly secret: string;
  /** Until when the old secret signs as well; null if it ended at once. */
  readonly retiringUntil: Date | null;
}

/** Changes webhooks' secrets. Each method throws ApiError CONFLICT if the webhook's state does not allow it. */
export interface Rotation {
  /** @param own - the caller's own secret, if the profile accepts one; null generates one */
  rotate(principal: Principal, id: string, own: string | null): Promise<RotatedSecret>;
  /** Ends the old secret now. */
  retire(principal: Principal, id: string): Promise<void>;
  /** Prolongs the old secret's time, which is possible once. @returns until when it signs */
  extend(principal: Principal, id: string): Promise<Date>;
}

/**
 * A secret never signs after its deadline, because senders check the deadline with each attempt. The workflow that `onDeadline`
 * starts only deletes the row.
 *
 * @param onDeadline - called with each new deadline, after the commit
 */
export function createRotation(
  prisma: PrismaClient,
  keys: KeyRing,
  onDeadline: (secretId: string, at: Date, organizationId: string) => void,
): Rotation {
  const managedWebhook = (principal: Principal, id: string) => webhookFor(prisma, principal, 'WEBHOOK_MANAGE', id);

  /** Runs one change of a webhook's secrets, excluding concurrent changes; then every process reads its routes again. */
  const change = <T>(
    webhook: ExistingWebhook,
    work: (
      transaction: Prisma.TransactionClient,
      write: (action: AuditAction, after: AuditFields) => Promise<void>,
    ) => Promise<T>,
  ): ((principal: Principal) => Promise<T>) => {
    const { id, organizationId, projectId } = webhook;
    return (principal) =>
      inTransaction(prisma, organizationId, async (transaction) => {
        // First, because it locks the organization.
        await raiseRoutingVersion(transaction, organizationId);
        // A new secret of a webhook that was deleted meanwhile would never be deleted.
        const where = { id, deletedAt: null };
        const { count } = await transaction.webhook.updateMany({ where, data: { updatedAt: new Date() } });
        if (count === 0) throw notFound('webhook', 'input.id');
        return work(transaction, (action, after) =>
          audit(transaction, principal, { organizationId, projectId, action, target: { type: 'webhook', id }, after }),
        );
      });
  };

  return {
    async rotate(principal, id, own) {
      const beganAt = performance.now();
      const webhook = await managedWebhook(principal, id);
      const profile = profileOf(webhook.profile);
      requireRotatable(profile);
      const secret = secretFor(profile, own, 'input.secret') as string;
      const seen = await activeOf(prisma, id);
      // One that cannot be decrypted is replaced by any.
      const present = seen && keys.openOrNull(Buffer.from(seen.sealed), `webhook_secret:${seen.id}`);
      if (own !== null && present !== null && sameSecret(present, own)) {
        throw invalid('input.secret', 'This secret is in use already: give another one.');
      }
      const rotated = await change(webhook, async (transaction, write) => {
        const tookMs = performance.now() - beganAt;
        const active = await activeAndAge(transaction, id);
        // Reads and changes wait for their turn, so `seen` may be a secret that another call created after this one began. Times are not
        // compared: this process's clock is not the database's.
        if (active?.id !== seen?.id || (active && active.ageMs < tookMs)) {
          throw new ApiError(
            'CONFLICT',
            'Another call rotated this secret at the same time: read the webhook, and rotate again if you still need to.',
            'input.id',
          );
        }
        const retiringUntil = await endOld(transaction, profile, id, active?.id ?? null);
        await addSecret(transaction, keys, id, secret);
        await write('webhook.secret_rotated', { retiringUntil, broughtByCaller: own !== null });
        return retiringUntil;
      })(principal);
      if (rotated && seen) onDeadline(seen.id, rotated, webhook.organizationId);
      return { secret, retiringUntil: rotated };
    },

    async retire(principal, id) {
      const webhook = await managedWebhook(principal, id);
      const ended = await change(webhook, async (transaction, write) => {
        const retiring = await retiringOf(transaction, id);
        await transaction.webhookSecret.delete({ where: { id: retiring.id }, select: { id: true } });
        await write('webhook.secret_retired', { retiringUntil: null });
        return retiring.id;
      })(principal);
      onDeadline(ended, new Date(), webhook.organizationId);
    },

    async extend(principal, id) {
      const webhook = await managedWebhook(principal, id);
      const extended = await change(webhook, async (transaction, write) => {
        const retiring = await retiringOf(transaction, id);
        if (retiring.extendedAt) {
          throw new ApiError(
            'CONFLICT',
            'This secret was extended already, which is possible once: rotate again if you need more time.',
            'input.id',
          );
        }
        const until = new Date(retiring.retiresAt.getTime() + windowMs);
        const data = { retiresAt: until, extendedAt: new Date() };
        await transaction.webhookSecret.update({ where: { id: retiring.id }, data, select: { id: true } });
        await write('webhook.secret_extended', { retiringUntil: until });
        return { id: retiring.id, until };
      })(principal);
      onDeadline(extended.id, extended.until, webhook.organizationId);
      return extended.until;
    },
  };
}

function requireRotatable(profile: ProfileDefinition): void {
  if (profile.secret !== null && profile.rotation !== 'REFUSED') return;
  const reason = profile.secret === null ? 'have no secret: the URL is the credential' : 'keep their first secret';
  throw new ApiError(
    'CONFLICT',
    `Webhooks of the profile ${profile.name} ${reason}. Create a new webhook, and delete this one.`,
    'input.id',
  );
}

const activeOf = (store: Pick<Prisma.TransactionClient, 'webhookSecret'>, webhookId: string) =>
  store.webhookSecret.findFirst({
    where: { webhookId, state: 'ACTIVE' },
    select: { id: true, sealed: true },
  });

/** The active secret, and how long ago it was created by the database's clock. */
async function activeAndAge(
  transaction: Prisma.TransactionClient,
  webhookId: string,
): Promise<{ id: string; ageMs: number } | undefined> {
  const [active] = await transaction.$queryRaw<{ id: string; ageMs: number }[]>`
    SELECT id, (extract(epoch FROM clock_timestamp() - created_at) * 1000)::float AS "ageMs"
      FROM webhook_secret WHERE webhook_id = ${webhookId}::uuid AND state = 'ACTIVE'`;
  return active;
}

async function retiringOf(transaction: Prisma.TransactionClient, webhookId: string) {
  const retiring = await transaction.webhookSecret.findFirst({
    where: { webhookId, state: 'RETIRING', retiresAt: { gt: new Date() } },
    select: { id: true, retiresAt: true, extendedAt: true },
  });
  if (!retiring?.retiresAt) {
    throw new ApiError(
      'CONFLICT',
      'No secret of this webhook is retiring: call "rotateWebhookSecret" first.',
      'input.id',
    );
  }
  return { ...retiring, retiresAt: retiring.retiresAt };
}

/** Retires the active secret. @returns until when it signs beside the new one; null if it ends at once */
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
      `The previous secret still signs until ${open.retiresAt.toISOString()}: end it with "retireWebhookSecret" first.`,
      'input.id',
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

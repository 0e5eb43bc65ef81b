import { liveKeys, liveLinks } from '../access/live.ts';
import { hasRole, may, requireIn } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { newId } from '../ground/newId.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import type { DeletionScope } from './batch.ts';

/** Organizations and projects end by a deletion: in one commit nothing of them is served or sent any more; then their rows go. */
export interface Deletions {
  /**
   * Owners and the operator only.
   *
   * @returns the deletion's id; that of the first call where one has begun
   */
  begin(principal: Principal, scope: DeletionScope, asked: Asked): Promise<string>;
  /** Whether the principal may read a deletion: see `visibleDeletion`. */
  visible(principal: Principal, deletion: Readable): boolean;
}

export interface Asked {
  /** If given, it must be the present name: whoever took a wrong id is told so. */
  readonly name: string | null;
}

/** What decides who may read a deletion. */
export interface Readable extends DeletionScope {
  readonly principalKind: string;
  readonly principalId: string;
}

export function createDeletions(parts: {
  readonly prisma: PrismaClient;
  /** Called after the commit with the webhooks that have ended. */
  readonly begun: (deletion: DeletionScope & { readonly id: string }, webhookIds: readonly string[]) => void;
}): Deletions {
  const { prisma, begun } = parts;

  const known = (client: PrismaClient | Prisma.TransactionClient, { organizationId, projectId }: DeletionScope) =>
    client.deletion.findFirst({
      where: { organizationId, projectId },
      select: { id: true, organizationId: true, projectId: true, principalKind: true, principalId: true },
    });

  return {
    async begin(principal, scope, { name: expected }) {
      const field = 'input.id';
      const { organizationId, projectId } = scope;
      const before = await known(prisma, scope);
      if (before && readable(principal, before)) return before.id;
      requireIn(principal, 'ORGANIZATION_MANAGE', scope, field);
      if (!hasRole(principal, 'OWNER', { organizationId, projectId: null })) {
        throw new ApiError('FORBIDDEN', 'Only an owner of the organization, or the operator, may delete this.', field);
      }
      const made = await inTransaction(prisma, organizationId, async (transaction) => {
        const name = await mark(transaction, scope);
        if (name === null) {
          // Another call came first.
          const first = await known(transaction, scope);
          if (!first) throw notFound(projectId === null ? 'organization' : 'project', field);
          return { id: first.id, webhookIds: [] };
        }
        if (expected !== null && expected.trim() !== name) {
          throw invalid(
            'input.name',
            'This is not its name: nothing was deleted. Check the id, or leave the name out.',
          );
        }
        const id = newId();
        const { webhookIds, removed } = await endAccess(transaction, scope);
        await transaction.deletion.create({
          data: {
            id,
            kind: projectId === null ? 'ORGANIZATION' : 'PROJECT',
            organizationId,
            projectId,
            removed,
            principalKind: principal.kind,
            principalId: principal.id,
          },
          select: { id: true },
        });
        const deleted =
          projectId === null
            ? ({ action: 'organization.deleted', target: { type: 'organization', id: organizationId } } as const)
            : ({ action: 'project.deleted', target: { type: 'project', id: projectId } } as const);
        await audit(transaction, principal, {
          organizationId,
          projectId,
          ...deleted,
          before: { name },
          after: { deletionId: id },
        });
        return { id, webhookIds };
      });
      begun({ id: made.id, organizationId, projectId }, made.webhookIds);
      return made.id;
    },

    visible: readable,
  };
}

/**
 * The operator; who began it, if that is a person, whose token outlives the organization; and whoever manages the organization,
 * for a project of theirs.
 */
function readable(principal: Principal, deletion: Readable): boolean {
  if (principal.kind === 'USER' && deletion.principalKind === 'USER' && deletion.principalId === principal.id)
    return true;
  return may(principal, 'ORGANIZATION_MANAGE', { organizationId: deletion.organizationId, projectId: null });
}

/**
 * Marks it as deleted; its external id is free again. It locks the organization, and every process reads its routes again.
 *
 * @returns its name; null where it does not exist, or was deleted before
 */
async function mark(transaction: Prisma.TransactionClient, scope: DeletionScope): Promise<string | null> {
  const { organizationId, projectId } = scope;
  const [organization] = await transaction.$queryRaw<{ name: string }[]>`
    UPDATE organization
       SET routing_version = routing_version + 1,
           deleted_at = CASE WHEN ${projectId === null} THEN clock_timestamp() END,
           external_id = CASE WHEN ${projectId === null} THEN NULL ELSE external_id END
     WHERE id = ${organizationId}::uuid AND deleted_at IS NULL
    RETURNING name`;
  if (!organization) return null;
  const projects = await transaction.$queryRaw<{ name: string }[]>`
    UPDATE project SET deleted_at = clock_timestamp(), external_id = NULL
     WHERE organization_id = ${organizationId}::uuid AND deleted_at IS NULL
       AND (${projectId}::uuid IS NULL OR id = ${projectId}::uuid)
    RETURNING name`;
  return projectId === null ? organization.name : (projects[0]?.name ?? null);
}

/** Ends what gives access or sends: its keys, portal links, webhooks and their secrets, inbound webhooks and integrations. */
async function endAccess(
  transaction: Prisma.TransactionClient,
  { organizationId, projectId }: DeletionScope,
): Promise<{ webhookIds: string[]; removed: Record<string, number> }> {
  const where = { organizationId, ...(projectId === null ? {} : { projectId }) };
  const now = new Date();
  // Only what is live: a tenant may have any number of what has ended, and this transaction is short.
  for (const each of liveKeys(now)) {
    await transaction.apiKey.updateMany({ where: { ...where, ...each }, data: { revokedAt: now } });
  }
  await transaction.portalLink.updateMany({ where: { ...where, ...liveLinks(now) }, data: { revokedAt: now } });
  const webhooks = await transaction.webhook.findMany({ where: { ...where, deletedAt: null }, select: { id: true } });
  await transaction.webhook.updateMany({
    where: { ...where, deletedAt: null },
    data: { deletedAt: now, urlSealed: null, headersSealed: null },
  });
  const webhookIds = webhooks.map(({ id }) => id);
  // A webhook that was deleted before has none any more.
  const secrets = await transaction.webhookSecret.deleteMany({ where: { webhookId: { in: webhookIds } } });
  const inbound = await transaction.inboundWebhook.deleteMany({ where });
  const integrations = await transaction.issueIntegration.deleteMany({ where });
  return {
    webhookIds,
    removed: {
      webhook_secret: secrets.count,
      inbound_webhook: inbound.count,
      issue_integration: integrations.count,
    },
  };
}

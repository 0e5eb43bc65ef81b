import { randomBytes } from 'node:crypto';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { areWithin, checkAddresses } from './addressList.ts';
import { digestOf } from './digest.ts';
import { liveKeys } from './live.ts';
import { type Holding, requireIn, requireWithin } from './permissions.ts';
import type { Permission, Principal, Role } from './principal.ts';
import { permissionsOfRole, storedRoles } from './roles.ts';
import { visible } from './visible.ts';

/** Live keys of one organization. */
const maxKeys = 1_000;
const prefixLength = 12;

/** A new key: `ehk_` and 256 random bits. Secret scanners and people recognize it by the prefix. */
export const newKey = (): string => `ehk_${randomBytes(32).toString('base64url')}`;

export interface ApiKeyInput {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly role: Role | null;
  readonly permissions: readonly Permission[] | null;
  /** When it ends; null: when it is revoked. */
  readonly expiresAt?: Date | null | undefined;
  /** Address blocks that it may be used from; null: from everywhere. */
  readonly allowedAddresses?: readonly string[] | null | undefined;
}

export interface ApiKeys {
  /** @returns the key's id, and the key itself, which is shown this one time */
  create(principal: Principal, input: ApiKeyInput): Promise<{ id: string; key: string }>;
  /** Does nothing for a revoked key. @throws ApiError FORBIDDEN for a key with more permissions than the principal */
  revoke(principal: Principal, id: string): Promise<void>;
}

/** @param forget - called with a revoked key's digest and id, so that this process stops accepting it at once */
export function createApiKeys(prisma: PrismaClient, forget: (digest: Uint8Array, id: string) => void): ApiKeys {
  return {
    async create(principal, input) {
      const { organizationId, projectId } = input;
      requireIn(principal, 'KEY_MANAGE', { organizationId, projectId }, 'input.organizationId');
      const name = checkName(input.name, 'input.name');
      const permissions = ownPermissions(input);
      if (input.role === 'PROJECT_ADMIN' && projectId === null) {
        throw invalid('input.projectId', 'PROJECT_ADMIN is a role within a project: name the project.');
      }
      const expiresAt = input.expiresAt ?? null;
      if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
        throw invalid('input.expiresAt', 'This time has passed: give one in the future, or leave it out.');
      }
      const allowedAddresses =
        input.allowedAddresses == null ? [] : checkAddresses(input.allowedAddresses, 'input.allowedAddresses');
      const id = newId();
      const key = newKey();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        if (projectId !== null) {
          const where = { id: projectId, organizationId, deletedAt: null };
          const project = await transaction.project.findFirst({ where, select: { id: true } });
          if (!project) throw notFound('project', 'input.projectId');
        }
        const scope = { organizationId, projectId };
        const holding = await holdingOf(transaction, organizationId, { role: input.role, permissions });
        requireWithin(principal, holding, scope, input.role ? 'input.role' : 'input.permissions');
        await requireNotWider(transaction, principal, { expiresAt, allowedAddresses });
        let live = 0;
        for (const each of liveKeys(new Date())) {
          live += await transaction.apiKey.count({ where: { organizationId, ...each } });
        }
        if (live >= maxKeys) {
          throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxKeys} live keys: revoke one first.`);
        }
        const { role } = input;
        const prefix = key.slice(0, prefixLength);
        await transaction.apiKey.create({
          data: {
            id,
            organizationId,
            projectId,
            name,
            prefix,
            digest: digestOf(key),
            role,
            permissions,
            expiresAt,
            allowedAddresses,
          },
          select: { id: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'api_key.created',
          target: { type: 'api_key', id },
          after: { name, prefix, role, permissions, expiresAt, allowedAddresses },
        });
      });
      return { id, key };
    },

    async revoke(principal, id) {
      const key = await prisma.apiKey.findFirst({
        where: { AND: [visible(principal), { id, organizationId: { not: null } }] },
        select: {
          organizationId: true,
          projectId: true,
          role: true,
          permissions: true,
          digest: true,
          name: true,
          prefix: true,
        },
      });
      if (!key?.organizationId) throw notFound('API key', 'input.id');
      const { organizationId, projectId, name, prefix } = key;
      const scope = { organizationId, projectId };
      requireIn(principal, 'KEY_MANAGE', scope);
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.id');
        // The holder of a key may always revoke it.
        if (principal.kind !== 'API_KEY' || principal.id !== id) {
          requireWithin(principal, await holdingOf(transaction, organizationId, key), scope, 'input.id');
        }
        const where = { id, revokedAt: null };
        const { count } = await transaction.apiKey.updateMany({ where, data: { revokedAt: new Date() } });
        if (count === 0) return;
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'api_key.revoked',
          target: { type: 'api_key', id },
          before: { name, prefix },
        });
      });
      forget(key.digest, id);
    },
  };
}

/** What a key makes ends no later than itself, and is used from no other addresses. */
async function requireNotWider(
  transaction: Prisma.TransactionClient,
  principal: Principal,
  made: { readonly expiresAt: Date | null; readonly allowedAddresses: readonly string[] },
): Promise<void> {
  if (principal.kind !== 'API_KEY') return;
  const own = await transaction.apiKey.findUnique({
    where: { id: principal.id },
    select: { expiresAt: true, allowedAddresses: true },
  });
  if (!own) return;
  if (own.expiresAt !== null && (made.expiresAt === null || made.expiresAt > own.expiresAt)) {
    const message = `The key that makes this one expires at ${own.expiresAt.toISOString()}: the new one must not last longer.`;
    throw new ApiError('FORBIDDEN', message, 'input.expiresAt');
  }
  if (own.allowedAddresses.length === 0) return;
  if (made.allowedAddresses.length === 0 || !areWithin(made.allowedAddresses, own.allowedAddresses)) {
    const message = 'The key that makes this one allows only some addresses: give the new one those, or some of them.';
    throw new ApiError('FORBIDDEN', message, 'input.allowedAddresses');
  }
}

/** A key's role and permissions, by the organization's present permission matrix. */
async function holdingOf(
  transaction: Prisma.TransactionClient,
  organizationId: string,
  { role, permissions }: { readonly role: Role | null; readonly permissions: readonly Permission[] },
): Promise<Holding> {
  if (role === null) return { role, permissions };
  return { role, permissions: permissionsOfRole(role, await storedRoles(transaction, organizationId)) };
}

/** A new key's own permissions; none if it has a role. */
function ownPermissions({ role, permissions }: ApiKeyInput): Permission[] {
  if ((role === null) === (permissions === null)) {
    throw invalid('input.role', 'Give a key either a role or permissions of its own.');
  }
  if (permissions?.length === 0) throw invalid('input.permissions', 'Give at least one permission.');
  return [...new Set(permissions ?? [])];
}

import { randomBytes } from 'node:crypto';
import { audit } from '../audit/audit.ts';
import { ApiError, invalid, notFound } from '../ground/errors.ts';
import { checkName } from '../ground/names.ts';
import { newId } from '../ground/newId.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { digestOf } from './digest.ts';
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
}

export interface ApiKeys {
  /** @returns the key's id, and the key itself, which is shown this one time */
  create(principal: Principal, input: ApiKeyInput): Promise<{ id: string; key: string }>;
  /** Does nothing for a revoked key. @throws ApiError FORBIDDEN for a key with more permissions than the principal */
  revoke(principal: Principal, id: string): Promise<void>;
}

/** @param forget - called with a revoked key's digest, so that this process stops accepting it at once */
export function createApiKeys(prisma: PrismaClient, forget: (digest: Uint8Array) => void): ApiKeys {
  return {
    async create(principal, input) {
      const { organizationId, projectId } = input;
      requireIn(principal, 'KEY_MANAGE', { organizationId, projectId }, 'input.organizationId');
      const name = checkName(input.name, 'input.name');
      const permissions = ownPermissions(input);
      if (input.role === 'PROJECT_ADMIN' && projectId === null) {
        throw invalid('input.projectId', 'PROJECT_ADMIN is a role within a project: name the project.');
      }
      const id = newId();
      const key = newKey();
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        if (projectId !== null) {
          const where = { id: projectId, organizationId };
          const project = await transaction.project.findFirst({ where, select: { id: true } });
          if (!project) throw notFound('project', 'input.projectId');
        }
        const scope = { organizationId, projectId };
        const holding = await holdingOf(transaction, organizationId, { role: input.role, permissions });
        requireWithin(principal, holding, scope, input.role ? 'input.role' : 'input.permissions');
        if ((await transaction.apiKey.count({ where: { organizationId, revokedAt: null } })) >= maxKeys) {
          throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${maxKeys} live keys: revoke one first.`);
        }
        const { role } = input;
        const prefix = key.slice(0, prefixLength);
        await transaction.apiKey.create({
          data: { id, organizationId, projectId, name, prefix, digest: digestOf(key), role, permissions },
          select: { id: true },
        });
        await audit(transaction, principal, {
          organizationId,
          projectId,
          action: 'api_key.created',
          target: { type: 'api_key', id },
          after: { name, prefix, role, permissions },
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
      forget(key.digest);
    },
  };
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

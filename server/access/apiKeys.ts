import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { ApiError, invalid, notFound } from '../errors.ts';
import { checkName } from '../names.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { requireIn, rolePermissions } from './permissions.ts';
import type { Permission, Principal, Role } from './principal.ts';
import { visible } from './visible.ts';

/** Live keys of one organization. */
const mostKeys = 1_000;
const prefixLength = 12;

/** A key as text: `ehk_` and 256 random bits. The prefix lets secret scanners and people know it for what it is. */
export const newKey = (): string => `ehk_${randomBytes(32).toString('base64url')}`;

/** What is stored of a key. It is random and long, so a plain digest cannot be searched for it. */
export const digestOf = (key: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(key, 'utf8').digest());

export interface ApiKeyInput {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly role: Role | null;
  readonly permissions: readonly Permission[] | null;
}

export interface ApiKeys {
  /** @returns the key's id, and the key itself for the only time */
  create(principal: Principal, input: ApiKeyInput): Promise<{ id: string; key: string }>;
  /** What is revoked already stays so. */
  revoke(principal: Principal, id: string): Promise<void>;
}

/** @param forget - told of a revoked key's digest, so that this process stops accepting it at once */
export function createApiKeys(prisma: PrismaClient, forget: (digest: Uint8Array) => void): ApiKeys {
  return {
    async create(principal, input) {
      const { organizationId, projectId } = input;
      requireIn(principal, 'KEY_MANAGE', { organizationId, projectId }, 'input.organizationId');
      const name = checkName(input.name, 'input.name');
      const permissions = grantedBy(principal, input);
      if (projectId !== null) {
        const project = await prisma.project.findFirst({
          where: { id: projectId, organizationId },
          select: { id: true },
        });
        if (!project) throw notFound('project', 'input.projectId');
      } else {
        const organization = await prisma.organization.findUnique({
          where: { id: organizationId },
          select: { id: true },
        });
        if (!organization) throw notFound('organization', 'input.organizationId');
      }
      if ((await prisma.apiKey.count({ where: { organizationId, revokedAt: null } })) >= mostKeys) {
        throw new ApiError('LIMIT_EXCEEDED', `An organization has at most ${mostKeys} live keys: revoke one first.`);
      }
      const id = uuidv7();
      const key = newKey();
      await prisma.apiKey.create({
        data: {
          id,
          organizationId,
          projectId,
          name,
          prefix: key.slice(0, prefixLength),
          digest: digestOf(key),
          role: input.role,
          permissions,
        },
        select: { id: true },
      });
      return { id, key };
    },

    async revoke(principal, id) {
      const key = await prisma.apiKey.findFirst({
        where: { AND: [visible(principal), { id, organizationId: { not: null } }] },
        select: { organizationId: true, projectId: true, digest: true },
      });
      if (!key?.organizationId) throw notFound('API key', 'id');
      requireIn(principal, 'KEY_MANAGE', { organizationId: key.organizationId, projectId: key.projectId });
      await prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
      forget(key.digest);
    },
  };
}

/** The own permissions of a new key: none where it has a role's. @throws ApiError when it would get more than its maker has */
function grantedBy(principal: Principal, { role, permissions }: ApiKeyInput): Permission[] {
  if ((role === null) === (permissions === null)) {
    throw invalid('input.role', 'Give a key either a role or permissions of its own.');
  }
  if (permissions?.length === 0) throw invalid('input.permissions', 'Give at least one permission.');
  const wanted = [...new Set(permissions ?? rolePermissions[role as Role])];
  const missing = principal.kind === 'OPERATOR' ? [] : wanted.filter((each) => !principal.permissions.has(each));
  if (missing.length > 0) {
    throw new ApiError(
      'FORBIDDEN',
      `A key cannot get more than its maker has; this one lacks ${missing.join(', ')}.`,
      permissions === null ? 'input.role' : 'input.permissions',
    );
  }
  return permissions === null ? [] : wanted;
}

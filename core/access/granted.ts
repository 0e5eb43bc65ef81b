import type { PrismaClient } from '../store/prisma/client.ts';
import type { VerifyToken } from './jwt.ts';
import type { Grant, Granted } from './principal.ts';
import { permissionsOfRole } from './roles.ts';

/** A valid credential's principal, and its expiry. */
export interface ValidCredential {
  readonly principal: Granted;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The address blocks that it may be used from; none: from everywhere. */
  readonly addresses: readonly string[];
}

/** Memberships of one user that are read; further ones grant nothing. */
const maxMemberships = 200;

const rolePermissionColumns = { select: { role: true, permissions: true } } as const;

/** What is read of a key to know what it may do. */
export const keyColumns = {
  id: true,
  organizationId: true,
  projectId: true,
  role: true,
  permissions: true,
  revokedAt: true,
  expiresAt: true,
  allowedAddresses: true,
  organization: { select: { deletedAt: true, rolePermissions: rolePermissionColumns } },
  project: { select: { deletedAt: true } },
} as const;

type KeyRow = NonNullable<Awaited<ReturnType<typeof keyBy>>>;

const keyBy = (prisma: PrismaClient, digest: Uint8Array<ArrayBuffer>) =>
  prisma.apiKey.findUnique({ where: { digest }, select: keyColumns });

/** @returns null for a revoked key, and for the operator's, which belongs to no tenant */
export function credentialOfKey(key: KeyRow): ValidCredential | null {
  if (!key.organizationId || key.revokedAt !== null) return null;
  if (key.organization?.deletedAt != null || key.project?.deletedAt != null) return null;
  const { id, organizationId, projectId, role } = key;
  const permissions =
    role === null ? key.permissions : permissionsOfRole(role, key.organization?.rolePermissions ?? []);
  const grant: Grant = { organizationId, projectId, role, permissions: new Set(permissions) };
  return {
    principal: { kind: 'API_KEY', id, grants: [grant] },
    expiresAt: key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
    addresses: key.allowedAddresses,
  };
}

/** @returns null for an unknown or revoked key */
export async function readApiKey(
  prisma: PrismaClient,
  digest: Uint8Array<ArrayBuffer>,
): Promise<ValidCredential | null> {
  const key = await keyBy(prisma, digest);
  return key && credentialOfKey(key);
}

/** @returns null for an unknown or revoked token */
export async function readPortalLink(
  prisma: PrismaClient,
  digest: Uint8Array<ArrayBuffer>,
): Promise<ValidCredential | null> {
  const link = await prisma.portalLink.findUnique({
    where: { digest },
    include: { project: { select: { deletedAt: true } } },
  });
  if (!link || link.revokedAt !== null || link.project.deletedAt !== null) return null;
  // Whoever got hold of a key has no more of what it made than of the key.
  if (link.apiKeyId !== null) {
    const key = await prisma.apiKey.findUnique({ where: { id: link.apiKeyId }, select: { revokedAt: true } });
    if (key?.revokedAt != null) return null;
  }
  const { id, organizationId, projectId } = link;
  const grant: Grant = { organizationId, projectId, role: null, permissions: new Set(link.permissions) };
  return { principal: { kind: 'PORTAL', id, grants: [grant] }, expiresAt: link.expiresAt.getTime(), addresses: [] };
}

/** A user's permissions. One without a membership has none, and may do nothing. */
export async function grantsOfUser(prisma: PrismaClient, userId: string): Promise<Grant[]> {
  const members = await prisma.member.findMany({
    where: { userId, organization: { deletedAt: null } },
    select: {
      organizationId: true,
      role: true,
      projects: { where: { project: { deletedAt: null } }, select: { projectId: true } },
      organization: { select: { rolePermissions: rolePermissionColumns } },
    },
    orderBy: { id: 'asc' },
    take: maxMemberships,
  });
  return members.flatMap(({ organizationId, role, projects, organization }) => {
    const grant = (projectId: string | null, of: typeof role): Grant => ({
      organizationId,
      projectId,
      role: of,
      permissions: new Set(permissionsOfRole(of, organization.rolePermissions)),
    });
    return [grant(null, role), ...projects.map(({ projectId }) => grant(projectId, 'PROJECT_ADMIN'))];
  });
}

/** A user of a token. */
export async function readUser(prisma: PrismaClient, verify: VerifyToken, token: string): Promise<ValidCredential> {
  const { userId, expiresAt } = await verify(token);
  const grants = await grantsOfUser(prisma, userId);
  return { principal: { kind: 'USER', id: userId, grants }, expiresAt, addresses: [] };
}

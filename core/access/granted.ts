import type { PrismaClient } from '../store/prisma/client.ts';
import type { VerifyToken } from './jwt.ts';
import type { Grant, Granted } from './principal.ts';
import { permissionsOfRole } from './roles.ts';

/** What a credential is good for, and how long at most. */
export interface Found {
  readonly principal: Granted;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Organizations of one user that count. */
const mostMemberships = 200;

const roleLines = { select: { role: true, permissions: true } } as const;

/** Null for a key that is unknown or revoked. */
export async function readApiKey(prisma: PrismaClient, digest: Uint8Array<ArrayBuffer>): Promise<Found | null> {
  const key = await prisma.apiKey.findUnique({
    where: { digest },
    select: {
      id: true,
      organizationId: true,
      projectId: true,
      role: true,
      permissions: true,
      revokedAt: true,
      organization: { select: { rolePermissions: roleLines } },
    },
  });
  if (!key?.organizationId || key.revokedAt !== null) return null;
  const { id, organizationId, projectId, role } = key;
  const permissions =
    role === null ? key.permissions : permissionsOfRole(role, key.organization?.rolePermissions ?? []);
  const grant: Grant = { organizationId, projectId, role, permissions: new Set(permissions) };
  return { principal: { kind: 'API_KEY', id, grants: [grant] }, expiresAt: Number.POSITIVE_INFINITY };
}

/** Null for a token that is unknown or revoked. */
export async function readPortalLink(prisma: PrismaClient, digest: Uint8Array<ArrayBuffer>): Promise<Found | null> {
  const link = await prisma.portalLink.findUnique({ where: { digest } });
  if (!link || link.revokedAt !== null) return null;
  const { id, organizationId, projectId } = link;
  const grant: Grant = { organizationId, projectId, role: null, permissions: new Set(link.permissions) };
  return { principal: { kind: 'PORTAL', id, grants: [grant] }, expiresAt: link.expiresAt.getTime() };
}

/** A user whom nobody made a member yet has no grants: they are known, and may do nothing. */
export async function readUser(prisma: PrismaClient, verify: VerifyToken, token: string): Promise<Found> {
  const { userId, expiresAt } = await verify(token);
  const members = await prisma.member.findMany({
    where: { userId },
    select: {
      organizationId: true,
      role: true,
      projects: { select: { projectId: true } },
      organization: { select: { rolePermissions: roleLines } },
    },
    orderBy: { id: 'asc' },
    take: mostMemberships,
  });
  const grants = members.flatMap(({ organizationId, role, projects, organization }) => {
    const grant = (projectId: string | null, of: typeof role): Grant => ({
      organizationId,
      projectId,
      role: of,
      permissions: new Set(permissionsOfRole(of, organization.rolePermissions)),
    });
    return [grant(null, role), ...projects.map(({ projectId }) => grant(projectId, 'PROJECT_ADMIN'))];
  });
  return { principal: { kind: 'USER', id: userId, grants }, expiresAt };
}

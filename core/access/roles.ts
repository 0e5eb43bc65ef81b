import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { allPermissions } from './permissions.ts';
import type { Permission, Role } from './principal.ts';

export const allRoles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'PROJECT_ADMIN'];

/** Whoever reads a secret can sign in its webhook's name, so administrators who do not need to cannot. */
const ofOwnersOnly: readonly Permission[] = ['SECRET_REVEAL'];

/** Each role's permissions, unless the organization has changed them. */
export const defaultPermissions: Readonly<Record<Role, readonly Permission[]>> = {
  OWNER: allPermissions,
  ADMIN: allPermissions.filter((each) => !ofOwnersOnly.includes(each)),
  MEMBER: ['WEBHOOK_READ', 'DELIVERY_REPLAY', 'EVENT_PUBLISH'],
  VIEWER: ['WEBHOOK_READ'],
  PROJECT_ADMIN: [
    'WEBHOOK_MANAGE',
    'WEBHOOK_READ',
    'DELIVERY_REPLAY',
    'EVENT_PUBLISH',
    'INBOUND_MANAGE',
    'KEY_MANAGE',
    'ORGANIZATION_MANAGE',
  ],
};

/** Permissions that owners always keep: without them nobody could give them back. */
export const keptByOwners: readonly Permission[] = ['MEMBER_MANAGE', 'ORGANIZATION_MANAGE'];

/** The roles that an organization has changed. */
export type StoredRoles = readonly { readonly role: Role; readonly permissions: readonly Permission[] }[];

/** A role's permissions in an organization, in the order of {@link allPermissions}. */
export function permissionsOfRole(role: Role, stored: StoredRoles): Permission[] {
  const granted = new Set(stored.find((row) => row.role === role)?.permissions ?? defaultPermissions[role]);
  return allPermissions.filter((each) => granted.has(each));
}

export const storedRoles = (
  prisma: PrismaClient | Prisma.TransactionClient,
  organizationId: string,
): Promise<StoredRoles> =>
  prisma.rolePermissions.findMany({ where: { organizationId }, select: { role: true, permissions: true } });

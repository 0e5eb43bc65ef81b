import type { Prisma, PrismaClient } from '../store/prisma/client.ts';
import { allPermissions } from './permissions.ts';
import type { Permission, Role } from './principal.ts';

export const allRoles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'PROJECT_ADMIN'];

/** What each role may do where the organization has not said otherwise. */
export const defaultPermissions: Readonly<Record<Role, readonly Permission[]>> = {
  OWNER: allPermissions,
  ADMIN: allPermissions,
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

/** What an owner always may: without it nobody would be left to give it back. */
export const keptByOwners: readonly Permission[] = ['MEMBER_MANAGE', 'ORGANIZATION_MANAGE'];

/** What an organization changed of the defaults. */
export type StoredRoles = readonly { readonly role: Role; readonly permissions: readonly Permission[] }[];

/** A role's permissions under an organization's matrix, in the order of the table. */
export function permissionsOfRole(role: Role, stored: StoredRoles): Permission[] {
  const granted = new Set(stored.find((row) => row.role === role)?.permissions ?? defaultPermissions[role]);
  return allPermissions.filter((each) => granted.has(each));
}

export const storedRoles = (
  prisma: PrismaClient | Prisma.TransactionClient,
  organizationId: string,
): Promise<StoredRoles> =>
  prisma.rolePermissions.findMany({ where: { organizationId }, select: { role: true, permissions: true } });

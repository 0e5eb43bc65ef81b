import { audit } from '../audit/audit.ts';
import { ApiError, invalid } from '../ground/errors.ts';
import { lockOrganization } from '../store/lockOrganization.ts';
import type { PrismaClient } from '../store/prisma/client.ts';
import { inTransaction } from '../store/transaction.ts';
import { hasRole, requireIn } from './permissions.ts';
import type { Permission, Principal, Role } from './principal.ts';
import { allRoles, keptByOwners, permissionsOfRole, storedRoles } from './roles.ts';

/** One line of the permission matrix. */
export interface RoleLine {
  readonly role: Role;
  readonly permissions: readonly Permission[];
}

export interface PermissionMatrix {
  /** The permissions of each role. The caller must check that its principal sees the organization. */
  of(organizationId: string): Promise<RoleLine[]>;
  /** Owners only. @returns the whole matrix */
  set(
    principal: Principal,
    organizationId: string,
    role: Role,
    permissions: readonly Permission[],
  ): Promise<RoleLine[]>;
}

/** @param changed - called with an organization whose principals' permissions have changed */
export function createPermissionMatrix(
  prisma: PrismaClient,
  changed: (organizationId: string) => void,
): PermissionMatrix {
  async function of(organizationId: string): Promise<RoleLine[]> {
    const stored = await storedRoles(prisma, organizationId);
    return allRoles.map((role) => ({ role, permissions: permissionsOfRole(role, stored) }));
  }

  return {
    of,

    async set(principal, organizationId, role, wanted) {
      const scope = { organizationId, projectId: null };
      requireIn(principal, 'ORGANIZATION_MANAGE', scope, 'input.organizationId');
      if (!hasRole(principal, 'OWNER', scope)) {
        throw new ApiError('FORBIDDEN', 'Only an owner of the organization may change the permissions of roles.');
      }
      const missing = role === 'OWNER' ? keptByOwners.filter((each) => !wanted.includes(each)) : [];
      if (missing.length > 0) {
        throw invalid('input.permissions', `Owners keep ${missing.join(' and ')}: nobody else could give it back.`);
      }
      const permissions = [...new Set(wanted)];
      await inTransaction(prisma, organizationId, async (transaction) => {
        await lockOrganization(transaction, organizationId, 'input.organizationId');
        const stored = await storedRoles(transaction, organizationId);
        await transaction.rolePermissions.upsert({
          where: { organizationId_role: { organizationId, role } },
          create: { organizationId, role, permissions },
          update: { permissions },
          select: { role: true },
        });
        await audit(transaction, principal, {
          organizationId,
          action: 'role.permissions_set',
          target: { type: 'role', id: role },
          before: { permissions: permissionsOfRole(role, stored) },
          after: { permissions: permissionsOfRole(role, [{ role, permissions }]) },
        });
      });
      changed(organizationId);
      return of(organizationId);
    },
  };
}

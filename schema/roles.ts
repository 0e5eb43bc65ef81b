import type { RoleLine } from '../core/access/matrix.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { Permission, Role } from './enums.ts';
import { idArgument } from './scopeArgs.ts';

const RolePermissions = builder.objectRef<RoleLine>('RolePermissions').implement({
  description: 'A role’s permissions in an organization.',
  fields: (t) => ({
    role: t.field({ description: 'The role.', type: Role, resolve: ({ role }) => role }),
    permissions: t.field({
      description: 'What its holders may do.',
      type: [Permission],
      resolve: ({ permissions }) => [...permissions],
    }),
  }),
});

const SetRolePermissionsInput = builder.inputType('SetRolePermissionsInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'The tenant in which the role gets these permissions.', required: true }),
    role: t.field({ description: 'The role to change.', type: Role, required: true }),
    permissions: t.field({
      type: [Permission],
      required: true,
      description:
        'All permissions of the role; an empty list takes all away. Owners keep MEMBER_MANAGE and ORGANIZATION_MANAGE.',
    }),
  }),
});

const SetRolePermissionsPayload = builder
  .objectRef<{ permissionMatrix: RoleLine[] }>('SetRolePermissionsPayload')
  .implement({
    fields: (t) => ({
      permissionMatrix: t.field({
        description: 'The permissions of all roles as they are now.',
        type: [RolePermissions],
        resolve: ({ permissionMatrix }) => permissionMatrix,
      }),
    }),
  });

builder.queryFields((t) => ({
  permissionMatrix: t.field({
    type: [RolePermissions],
    description: 'The permissions of each role in an organization. All its members may read them.',
    args: { organizationId: t.arg.id({ required: true }) },
    resolve: async (_root, args, { principal, services }) => {
      const organizationId = idArgument(args.organizationId, 'organization', 'organizationId');
      await services.organizations.require(principal, organizationId);
      return services.permissionMatrix.of(organizationId);
    },
  }),
}));

builder.mutationFields((t) => ({
  setRolePermissions: t.field({
    complexity: mutationCost,
    type: SetRolePermissionsPayload,
    description: 'Owners set a role’s permissions. The change applies at once to everybody with the role.',
    args: { input: t.arg({ type: SetRolePermissionsInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const id = idArgument(input.organizationId, 'organization', 'input.organizationId');
      const permissionMatrix = await services.permissionMatrix.set(principal, id, input.role, input.permissions);
      return { permissionMatrix };
    },
  }),
}));

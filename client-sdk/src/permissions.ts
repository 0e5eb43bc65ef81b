import {
  PermissionMatrixDocument,
  type RolePermissionsFieldsFragment,
  SetRolePermissionsDocument,
  type SetRolePermissionsInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import type { WithTimes } from './times.ts';

/** A role's permissions in an organization. */
export type RolePermissions = WithTimes<RolePermissionsFieldsFragment>;

/** Permissions: those of each role, by organization. */
export class Permissions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Every role of the organization with its permissions. */
  async matrix(
    { organizationId }: { readonly organizationId: string },
    options?: CallOptions,
  ): Promise<readonly RolePermissions[]> {
    return (await this.#transport.query(PermissionMatrixDocument, { organizationId }, options)).permissionMatrix;
  }

  /**
   * Sets a role's permissions, at once for everybody with the role. Only owners may do this.
   *
   * @param input - all of the role's permissions; those left out are taken away
   * @returns the whole matrix
   */
  async set(input: SetRolePermissionsInput, options: CallOptions = {}): Promise<readonly RolePermissions[]> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(SetRolePermissionsDocument, { input }, { ...options, repeatable });
    return data.setRolePermissions.permissionMatrix;
  }
}

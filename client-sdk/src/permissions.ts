import {
  PermissionMatrixDocument,
  type RolePermissionsFieldsFragment,
  SetRolePermissionsDocument,
  type SetRolePermissionsInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';

/** What a role may do in an organization. */
export type RolePermissions = RolePermissionsFieldsFragment;

/** Permissions: what each role may do, by organization. */
export class Permissions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Every role of the organization with what it may do. */
  async matrix(
    { organizationId }: { readonly organizationId: string },
    options?: CallOptions,
  ): Promise<readonly RolePermissions[]> {
    return (await this.#transport.query(PermissionMatrixDocument, { organizationId }, options)).permissionMatrix;
  }

  /**
   * Decides what a role may do, from now on, for whoever has it. Owners alone may.
   *
   * @param input - all of the role's permissions; what is left out is taken away
   * @returns the whole matrix
   */
  async set(input: SetRolePermissionsInput, options: CallOptions = {}): Promise<readonly RolePermissions[]> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(SetRolePermissionsDocument, { input }, { ...options, repeatable });
    return data.setRolePermissions.permissionMatrix;
  }
}

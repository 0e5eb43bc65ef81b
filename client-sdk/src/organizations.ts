import type { Deletion, DeletionConfirmation } from './deletions.ts';
import { NotFoundError } from './errors.ts';
import {
  CreateOrganizationDocument,
  type CreateOrganizationInput,
  DeleteOrganizationDocument,
  OrganizationDocument,
  type OrganizationFieldsFragment,
  OrganizationsDocument,
  TenantsDocument,
  type TenantsQuery,
  type TenantsQueryVariables,
  UpdateOrganizationDocument,
  type UpdateOrganizationInput,
  UpsertOrganizationDocument,
  type UpsertOrganizationInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

export type Organization = WithTimes<OrganizationFieldsFragment>;

/** What is left out stays as it is. */
export type OrganizationChanges = Omit<UpdateOrganizationInput, 'id'>;

/** `created`: whether there was none with the external id before. */
export type UpsertedOrganization = Organization & { readonly created: boolean };

/** A tenant, and how it is doing. */
export type TenantSummary = WithTimes<TenantsQuery['tenants']['tenants'][number]>;

export interface TenantsPage {
  readonly tenants: readonly TenantSummary[];
  /** Whether more follow, behind `offset` and these. */
  readonly hasMore: boolean;
}

/** Organizations: the tenants. */
export class Organizations {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a tenant. Only the operator's key may do this. */
  async create(input: CreateOrganizationInput, options?: CallOptions): Promise<Organization> {
    const { createOrganization } = await this.#transport.mutate(CreateOrganizationDocument, { input }, options);
    return createOrganization.organization;
  }

  /**
   * Creates a tenant, or changes the one with this external id: the id that your own system has for it. Repeating it does no harm.
   * Only the operator's key may do this.
   */
  async upsert(input: UpsertOrganizationInput, options: CallOptions = {}): Promise<UpsertedOrganization> {
    const repeatable = 'always';
    const data = await this.#transport.mutate(UpsertOrganizationDocument, { input }, { ...options, repeatable });
    const { organization, created } = data.upsertOrganization;
    return { ...organization, created };
  }

  /** Changes an organization; what is left out stays. */
  async update(id: string, changes: OrganizationChanges, options?: CallOptions): Promise<Organization> {
    const input = { ...changes, id };
    const { updateOrganization } = await this.#transport.mutate(UpdateOrganizationDocument, { input }, options);
    return updateOrganization.organization;
  }

  /**
   * Deletes an organization with everything in it: its credentials end at once, also the caller's own. Owners and the operator
   * may. A second call gets the same deletion; follow it by `deletions.watch`.
   *
   * @param confirmation - `name`, if given, must be its present name
   */
  async delete(id: string, { name, ...options }: DeletionConfirmation & CallOptions = {}): Promise<Deletion> {
    const input = { id, name };
    const repeatable = 'always';
    const data = await this.#transport.mutate(DeleteOrganizationDocument, { input }, { ...options, repeatable });
    return data.deleteOrganization.deletion;
  }

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Organization> {
    const { organization } = await this.#transport.query(OrganizationDocument, { id }, options);
    if (!organization) throw new NotFoundError('There is no such organization.', { field: 'id' });
    return organization;
  }

  /**
   * Tenants with how they are doing: webhooks by health, backlog, success, and what they publish in an hour. Only the operator's
   * key may ask.
   *
   * @param request - by default the 50 newest; `search` finds a part of a name, or a whole id
   */
  async overview(request: TenantsQueryVariables = {}, options?: CallOptions): Promise<TenantsPage> {
    const { tenants } = await this.#transport.query(TenantsDocument, request, options);
    return tenants;
  }

  /** All organizations for the operator, its own for any other key; newest first. */
  list(options?: CallOptions): Listing<Organization> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(OrganizationsDocument, page, { signal: ending })).organizations,
      options?.signal,
    );
  }
}

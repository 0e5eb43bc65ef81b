import { NotFoundError } from './errors.ts';
import {
  CreateOrganizationDocument,
  type CreateOrganizationInput,
  OrganizationDocument,
  type OrganizationFieldsFragment,
  OrganizationsDocument,
  UpsertOrganizationDocument,
  type UpsertOrganizationInput,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

export type Organization = WithTimes<OrganizationFieldsFragment>;

/** `created`: whether there was none with the external id before. */
export type UpsertedOrganization = Organization & { readonly created: boolean };

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

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Organization> {
    const { organization } = await this.#transport.query(OrganizationDocument, { id }, options);
    if (!organization) throw new NotFoundError('There is no such organization.', { field: 'id' });
    return organization;
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

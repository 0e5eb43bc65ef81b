import {
  CreatePortalLinkDocument,
  type CreatePortalLinkInput,
  type PortalLinkFieldsFragment,
  PortalLinksDocument,
  RevokePortalLinkDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

/** A customer's short-lived access to one project. */
export type PortalLink = WithTimes<PortalLinkFieldsFragment>;

export interface CreatedPortalLink {
  readonly portalLink: PortalLink;
  /** Shown only here. It works as an `apiKey` until the link expires or is revoked. */
  readonly token: string;
  /** Opens the dashboard with the token: append it to the installation's address. */
  readonly path: string;
}

export interface PortalLinkFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Portal links: customers manage their own webhooks with them. */
export class PortalLinks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Creates a link for one project, for at most a day, with permissions that the caller has. */
  async create(input: CreatePortalLinkInput, options?: CallOptions): Promise<CreatedPortalLink> {
    return (await this.#transport.mutate(CreatePortalLinkDocument, { input }, options)).createPortalLink;
  }

  /** Revokes a link: it stops working at once. */
  async revoke(id: string, options?: CallOptions): Promise<PortalLink> {
    return (await this.#transport.mutate(RevokePortalLinkDocument, { id }, options)).revokePortalLink.portalLink;
  }

  /** Links, newest first, also those that expired or were revoked in the last 7 days. */
  list({ signal, ...filter }: PortalLinkFilter = {}): Listing<PortalLink> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(PortalLinksDocument, { ...filter, ...page }, { signal: ending })).portalLinks,
      signal,
    );
  }
}

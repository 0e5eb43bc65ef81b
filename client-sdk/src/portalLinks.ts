import {
  CreatePortalLinkDocument,
  type CreatePortalLinkInput,
  type PortalLinkFieldsFragment,
  PortalLinksDocument,
  RevokePortalLinkDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';

/** A customer's short-lived access to one project. */
export type PortalLink = PortalLinkFieldsFragment;

export interface CreatedPortalLink {
  readonly portalLink: PortalLink;
  /** Shown here and never again. It works as an `apiKey` until the link expires or is revoked. */
  readonly token: string;
  /** Where the dashboard opens with the token, to be put behind the address of the installation. */
  readonly path: string;
}

export interface PortalLinkFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Portal links: what customers manage their own webhooks by. */
export class PortalLinks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A link for one project, of at most a day, with permissions of which the caller has every one. */
  async create(input: CreatePortalLinkInput, options?: CallOptions): Promise<CreatedPortalLink> {
    return (await this.#transport.mutate(CreatePortalLinkDocument, { input }, options)).createPortalLink;
  }

  /** From now on the link is good for nothing. */
  async revoke(id: string, options?: CallOptions): Promise<PortalLink> {
    return (await this.#transport.mutate(RevokePortalLinkDocument, { id }, options)).revokePortalLink.portalLink;
  }

  /** The newest first, expired and revoked ones included. */
  list({ signal, ...filter }: PortalLinkFilter = {}): Listing<PortalLink> {
    return new Listing(
      async (page) =>
        (await this.#transport.query(PortalLinksDocument, { ...filter, ...page }, { signal })).portalLinks,
    );
  }
}

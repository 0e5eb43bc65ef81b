import { type AuditEventFieldsFragment, AuditEventsDocument } from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { rangeText } from './times.ts';

/** Who did what to which thing, when and from where. Holds no secret. */
export type AuditEvent = AuditEventFieldsFragment;

export interface AuditFilter extends CallOptions {
  readonly organizationId: string;
  readonly projectId?: string | undefined;
  readonly targetId?: string | undefined;
  /** Such as `webhook.updated`. */
  readonly actions?: readonly string[] | undefined;
  /** A key's or a portal link's id, or a user's `sub`. */
  readonly principalId?: string | undefined;
  /** At this time or later. */
  readonly from?: Date | string | undefined;
  /** Before this time. */
  readonly to?: Date | string | undefined;
}

/** The audit log: everything that was changed, by whom. It is never changed itself. */
export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The newest first. */
  list({ signal, from, to, ...filter }: AuditFilter): Listing<AuditEvent> {
    const asked = { ...filter, ...rangeText({ from, to }) };
    return new Listing(
      async (page) => (await this.#transport.query(AuditEventsDocument, { ...asked, ...page }, { signal })).auditEvents,
    );
  }
}

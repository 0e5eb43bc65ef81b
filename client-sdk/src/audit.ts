import { type AuditAction, type AuditEventFieldsFragment, AuditEventsDocument } from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { TimeInput, WithTimes } from './times.ts';

/** Who changed what, when and from where. It holds no secret. */
export type AuditEvent = WithTimes<AuditEventFieldsFragment>;

export interface AuditFilter extends CallOptions {
  readonly organizationId: string;
  readonly projectId?: string | undefined;
  readonly targetId?: string | undefined;
  /** Such as `WEBHOOK_UPDATED`. */
  readonly actions?: readonly AuditAction[] | undefined;
  /** A key's or a portal link's id, or a user's `sub`. */
  readonly principalId?: string | undefined;
  /** This time or later. */
  readonly from?: TimeInput | undefined;
  /** Before this time. */
  readonly to?: TimeInput | undefined;
}

/** The audit log: every change, and who made it. The log itself never changes. */
export class Audit {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Audit events, newest first. */
  list({ signal, ...filter }: AuditFilter): Listing<AuditEvent> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(AuditEventsDocument, { ...filter, ...page }, { signal: ending })).auditEvents,
      signal,
    );
  }
}

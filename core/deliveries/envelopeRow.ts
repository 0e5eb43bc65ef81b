import type { Envelope } from '../profiles/profile.ts';

/** The columns of an envelope without its texts, from `delivery d` and `event e`. The project is the event's. */
export const headColumns = `
  d.id, d.event_id, d.webhook_id, d.organization_id, e.project_id, d.event_type, e.occurred_at, e.traceparent`;

/** All columns of an envelope. */
export const envelopeColumns = `${headColumns}, e.data::text AS data, e.previous::text AS previous`;

/** Length of the texts of `event e`, in bytes. */
export const textBytes = 'octet_length(e.data::text) + coalesce(octet_length(e.previous::text), 0)';

export interface EnvelopeRow {
  readonly id: string;
  readonly event_id: string;
  readonly webhook_id: string;
  readonly organization_id: string;
  readonly project_id: string | null;
  readonly event_type: string;
  readonly data: string;
  readonly previous: string | null;
  readonly occurred_at: Date;
  readonly traceparent: string | null;
}

/** An envelope whose texts stand in its event's row. */
export type EnvelopeHead = Omit<Envelope, 'data' | 'previous'>;

export type HeadRow = Omit<EnvelopeRow, 'data' | 'previous'>;

export const envelopeOf = (row: EnvelopeRow): Envelope => ({
  ...headOf(row),
  data: row.data,
  previous: row.previous,
});

export function headOf(row: HeadRow): EnvelopeHead {
  return {
    deliveryId: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    occurredAt: row.occurred_at,
    organizationId: row.organization_id,
    projectId: row.project_id,
    webhookId: row.webhook_id,
    traceparent: row.traceparent,
  };
}

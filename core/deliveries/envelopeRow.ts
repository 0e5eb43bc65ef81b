import type { Envelope } from '../profiles/profile.ts';

/** The columns of an envelope, from `delivery d` and `event e`. The project is the event's. */
export const envelopeColumns = `
  d.id, d.event_id, d.webhook_id, d.organization_id, e.project_id, d.event_type,
  e.data::text AS data, e.previous::text AS previous, e.occurred_at, e.traceparent`;

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

export function envelopeOf(row: EnvelopeRow): Envelope {
  return {
    deliveryId: row.id,
    eventId: row.event_id,
    eventType: row.event_type,
    occurredAt: row.occurred_at,
    organizationId: row.organization_id,
    projectId: row.project_id,
    webhookId: row.webhook_id,
    data: row.data,
    previous: row.previous,
    traceparent: row.traceparent,
  };
}

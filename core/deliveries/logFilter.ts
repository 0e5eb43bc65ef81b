import type { Label } from '../labels/label.ts';
import type { DeliveryStatus } from '../store/prisma/enums.ts';

/** Conditions of the delivery log that a recovery may have, besides its scope and period. */
export interface LogFilter {
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  readonly responseCode?: number | undefined;
  readonly eventId?: string | undefined;
  /** The event has all of these. */
  readonly labels?: readonly Label[] | undefined;
}

/** Takes a value of a statement, and returns its placeholder. */
export type Bind = (value: unknown) => string;

const asObject = (labels: readonly Label[]) =>
  JSON.stringify(Object.fromEntries(labels.map(({ key, value }) => [key, value])));

/** SQL conditions of a filter for `delivery d`. */
export function deliveryConditions(
  { eventTypes, statuses, responseCode, eventId, labels }: LogFilter,
  bind: Bind,
): string[] {
  return [
    ...(eventTypes ? [`d.event_type = ANY (${bind(eventTypes)}::text[])`] : []),
    ...(statuses ? [`d.status = ANY (${bind(statuses)}::delivery_status[])`] : []),
    ...(responseCode === undefined ? [] : [`d.response_code = ${bind(responseCode)}`]),
    ...(eventId === undefined ? [] : [`d.event_id = ${bind(eventId)}`]),
    ...(labels
      ? [`EXISTS (SELECT FROM event e WHERE e.id = d.event_id AND e.labels @> ${bind(asObject(labels))}::jsonb)`]
      : []),
  ];
}

/** SQL conditions of a filter for `event e`. Null where it has a condition that only deliveries can meet. */
export function eventConditions(
  { eventTypes, statuses, responseCode, eventId, labels }: LogFilter,
  bind: Bind,
): string[] | null {
  if (statuses !== undefined || responseCode !== undefined) return null;
  return [
    ...(eventTypes ? [`e.type = ANY (${bind(eventTypes)}::text[])`] : []),
    ...(eventId === undefined ? [] : [`e.id = ${bind(eventId)}`]),
    ...(labels ? [`e.labels @> ${bind(asObject(labels))}::jsonb`] : []),
  ];
}

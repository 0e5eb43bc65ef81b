import type { DeliveryStatus } from '../store/prisma/enums.ts';

/** Conditions of the delivery log that a recovery may have, besides its scope and period. */
export interface LogFilter {
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  readonly responseCode?: number | undefined;
}

/** Takes a value of a statement, and returns its placeholder. */
export type Bind = (value: unknown) => string;

/** SQL conditions of a filter for `delivery d`. */
export function deliveryConditions({ eventTypes, statuses, responseCode }: LogFilter, bind: Bind): string[] {
  return [
    ...(eventTypes ? [`d.event_type = ANY (${bind(eventTypes)}::text[])`] : []),
    ...(statuses ? [`d.status = ANY (${bind(statuses)}::delivery_status[])`] : []),
    ...(responseCode === undefined ? [] : [`d.response_code = ${bind(responseCode)}`]),
  ];
}

/** SQL conditions of a filter for `event e`. Null where it has a condition that only deliveries can meet. */
export function eventConditions({ eventTypes, statuses, responseCode }: LogFilter, bind: Bind): string[] | null {
  if (statuses !== undefined || responseCode !== undefined) return null;
  return eventTypes ? [`e.type = ANY (${bind(eventTypes)}::text[])`] : [];
}

import type { Label } from '../labels/label.ts';
import type { Condition } from './indexedList.ts';
import { includes, inScopes, type Scopes } from './scopes.ts';

/** Which deliveries a list has; an absent member admits all. Names and ids occur once. */
export interface DeliveryFilter {
  readonly webhook?:
    | { readonly id: string; readonly organizationId: string; readonly projectId: string | null }
    | undefined;
  readonly eventId?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly responseCode?: number | undefined;
  readonly direction?: 'INBOUND' | 'OUTBOUND' | undefined;
  readonly isTest?: boolean | undefined;
  /** Their events have all of them. */
  readonly labels?: readonly Label[] | undefined;
  /** Created at this time or later. */
  readonly from?: Date | undefined;
  /** Created before this time. */
  readonly to?: Date | undefined;
}

/** The conditions of a filter on `delivery d`. */
export function deliveryConditions(scopes: Scopes | null, filter: DeliveryFilter): Condition[] {
  const { webhook, eventId, eventTypes, statuses, responseCode, direction, isTest, labels = [], from, to } = filter;
  const found: (Condition | null)[] = [
    // All of a webhook's deliveries are in its scope.
    scopes && !(webhook && includes(scopes, webhook)) ? inScopes('d', scopes) : null,
    webhook === undefined ? null : { name: 'webhook', sql: (p) => `d.webhook_id = ${p.add(webhook.id, 'uuid')}` },
    eventId === undefined ? null : { name: 'event', sql: (p) => `d.event_id = ${p.add(eventId, 'uuid')}` },
    eventTypes === undefined
      ? null
      : { name: 'types', sql: (p) => `d.event_type = ANY (${p.add(eventTypes, 'text[]')})` },
    statuses === undefined
      ? null
      : { name: 'statuses', sql: (p) => `d.status = ANY (${p.add(statuses, 'delivery_status[]')})` },
    responseCode === undefined ? null : { name: 'code', sql: (p) => `d.response_code = ${p.add(responseCode, 'int')}` },
    direction === undefined ? null : { name: 'direction', sql: () => `d.direction = '${direction}'` },
    isTest === undefined ? null : { name: 'test', sql: () => (isTest ? 'd.is_test' : 'NOT d.is_test') },
    from === undefined ? null : { name: 'from', sql: (p) => `d.created_at >= ${p.add(from, 'timestamptz')}` },
    to === undefined ? null : { name: 'to', sql: (p) => `d.created_at < ${p.add(to, 'timestamptz')}` },
    ...labels.map(
      ({ key, value }, index): Condition => ({
        name: `label ${index}`,
        sql: (p) => `EXISTS (
          SELECT FROM delivery_label o
           WHERE o.organization_id = d.organization_id AND o.key = ${p.add(key, 'text')} AND o.value = ${p.add(value, 'text')}
             AND o.event_type = d.event_type AND o.delivery_id = d.id)`,
      }),
    ),
  ];
  return found.filter((each) => each !== null);
}

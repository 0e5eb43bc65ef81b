import type { Label } from '../labels/label.ts';
import type { Condition } from './indexedList.ts';
import { inScopes, type Scopes } from './scopes.ts';

/** Which events a list has; an absent member admits all. Names and ids occur once. */
export interface EventFilter {
  readonly ids?: readonly string[] | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  /** They have all of them. */
  readonly labels?: readonly Label[] | undefined;
  /** Published with this key within the last 24 hours. */
  readonly idempotencyKey?: string | undefined;
  /** Whether no webhook took them when they were published: none of those that the reader may see. */
  readonly unmatched?: boolean | undefined;
  /** Organizations whose own webhooks the reader may see; absent: all. */
  readonly wholeIds?: readonly string[] | undefined;
  readonly isTest?: boolean | undefined;
  /** Created at this time or later. */
  readonly from?: Date | undefined;
  /** Created before this time. */
  readonly to?: Date | undefined;
  /** JSON text of an object that their data contains, as PostgreSQL's `jsonb` does. No index finds it. */
  readonly dataContains?: string | undefined;
}

/** The conditions of a filter on `event e`. */
export function eventConditions(scopes: Scopes | null, filter: EventFilter): Condition[] {
  const { ids, eventTypes, labels = [], unmatched, wholeIds, isTest, from, to, dataContains } = filter;
  const found: (Condition | null)[] = [
    scopes && inScopes('e', scopes),
    ids === undefined ? null : { name: 'ids', sql: (p) => `e.id = ANY (${p.add(ids, 'uuid[]')})` },
    eventTypes === undefined ? null : { name: 'types', sql: (p) => `e.type = ANY (${p.add(eventTypes, 'text[]')})` },
    unmatched === undefined ? null : unmatchedBy(unmatched, wholeIds),
    isTest === undefined ? null : { name: 'test', sql: () => (isTest ? 'e.is_test' : 'NOT e.is_test') },
    from === undefined ? null : { name: 'from', sql: (p) => `e.created_at >= ${p.add(from, 'timestamptz')}` },
    to === undefined ? null : { name: 'to', sql: (p) => `e.created_at < ${p.add(to, 'timestamptz')}` },
    ...labels.map(
      ({ key, value }, index): Condition => ({
        name: `label ${index}`,
        sql: (p) => `e.labels ->> ${p.add(key, 'text')} = ${p.add(value, 'text')}`,
      }),
    ),
    dataContains === undefined
      ? null
      : {
          name: 'data',
          sql: (p) => `json_contains(e.data, ${p.add(dataContains, 'jsonb')})`,
        },
  ];
  return found.filter((each) => each !== null);
}

/** Whoever sees a project alone is not told by this what the organization's own webhooks took. */
function unmatchedBy(unmatched: boolean, wholeIds: EventFilter['wholeIds']): Condition {
  const not = unmatched ? '' : 'NOT ';
  if (wholeIds === undefined) return { name: 'unmatched', sql: () => `e.unmatched IS ${not}TRUE` };
  return {
    name: 'unmatched by those seen',
    sql: (p) => `${not}(e.unmatched IS TRUE OR (
      e.unmatched IS FALSE AND NOT e.organization_id = ANY (${p.add(wholeIds, 'uuid[]')})
      AND NOT EXISTS (SELECT FROM delivery o WHERE o.event_id = e.id AND o.project_id = e.project_id AND NOT o.is_test)))`,
  };
}

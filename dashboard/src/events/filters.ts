import type { EventFilter, Labels } from '@everhook/sdk';
import { parseJson } from '@everhook/sdk/json';
import { instantText, timeOf } from '../time/instant.ts';

/** The filters in the address. */
export interface Filters {
  readonly type: string | null;
  readonly labels: Labels;
  /** Instants, as `instantText` writes them. */
  readonly from: string | null;
  readonly to: string | null;
  readonly unmatched: boolean;
  readonly tests: 'only' | 'none' | null;
  /** JSON text of an object that the data contains. */
  readonly contains: string | null;
  /** An event's id, or an idempotency key. */
  readonly id: string | null;
}

/** Each filter's name in the address. */
export const names = {
  type: 'type',
  labels: 'label',
  from: 'from',
  to: 'to',
  unmatched: 'unmatched',
  tests: 'tests',
  contains: 'contains',
  id: 'id',
} as const;

/** `customer=c_42`; null where there is no key. A value may have more of them: `path=a=b`. */
export function labelOf(text: string): readonly [key: string, value: string] | null {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) return null;
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** As many as the API takes. */
export const maxLabels = 10;

/** An address may have been typed by hand: invalid values filter nothing. */
export function filtersOf(search: URLSearchParams): Filters {
  const tests = search.get(names.tests);
  const contains = search.get(names.contains);
  const labels = search.getAll(names.labels).flatMap((text) => {
    const label = labelOf(text);
    return label ? [label] : [];
  });
  return {
    type: search.get(names.type) || null,
    labels: Object.fromEntries(labels.slice(0, maxLabels)),
    from: instantText(search.get(names.from)),
    to: instantText(search.get(names.to)),
    unmatched: search.get(names.unmatched) === 'true',
    tests: tests === 'only' || tests === 'none' ? tests : null,
    contains: contains !== null && objectOf(contains) ? contains : null,
    id: search.get(names.id)?.trim() || null,
  };
}

/** The address of the same page with other filters. */
export function searchOf(search: URLSearchParams, changes: Partial<Filters>): URLSearchParams {
  const next = new URLSearchParams(search);
  const { labels, ...single } = changes;
  if (labels) {
    next.delete(names.labels);
    for (const [key, value] of Object.entries(labels)) next.append(names.labels, `${key}=${value}`);
  }
  for (const [filter, value] of Object.entries(single)) {
    const name = names[filter as keyof Filters];
    if (value === null || value === false || value === '') next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

export const noFilters: Filters = {
  type: null,
  labels: {},
  from: null,
  to: null,
  unmatched: false,
  tests: null,
  contains: null,
  id: null,
};

export const countOf = (filters: Filters): number =>
  Object.keys(filters.labels).length +
  [filters.type, filters.from, filters.to, filters.unmatched, filters.tests, filters.contains, filters.id].filter(
    Boolean,
  ).length;

/** The object that a JSON text is; null if it is something else. */
export function objectOf(text: string): object | null {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The same as the SDK's filter. */
export function sdkFilter(filters: Filters): EventFilter {
  const from = timeOf(filters.from);
  const to = timeOf(filters.to);
  const contains = filters.contains === null ? null : objectOf(filters.contains);
  return {
    ...(filters.type && { eventTypes: [filters.type] }),
    ...(Object.keys(filters.labels).length > 0 && { labels: filters.labels }),
    ...(from && { from }),
    ...(to && { to }),
    ...(filters.unmatched && { matchedNoWebhook: true }),
    ...(filters.tests && { isTest: filters.tests === 'only' }),
    ...(contains && { dataContains: contains }),
    ...(filters.id && (uuid.test(filters.id) ? { ids: [filters.id] } : { idempotencyKey: filters.id })),
  };
}

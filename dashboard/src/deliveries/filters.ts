import type { Delivery, DeliveryFilter, DeliveryStatus, Direction, RecoveryFilter } from '@everhook/sdk';
import { instantText, timeOf } from '../time/instant.ts';
import { type LabelList, labelOf } from './labels.ts';

/** The filters in the address. */
export interface Filters {
  readonly webhookId: string | null;
  readonly eventType: string | null;
  readonly status: DeliveryStatus | null;
  readonly responseCode: number | null;
  readonly direction: Direction | null;
  /** Only tests, or only what is no test. */
  readonly isTest: boolean | null;
  /** Deliveries of one event, and its replays. */
  readonly eventId: string | null;
  /** Their events have all of these. */
  readonly labels: LabelList | null;
  /** Instants, as `instantText` writes them. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Each filter's name in the address. A label is written `label=customer%3Dc_42`, once for each. */
export const names = {
  webhookId: 'webhook',
  eventType: 'event',
  status: 'status',
  responseCode: 'code',
  direction: 'direction',
  isTest: 'test',
  eventId: 'of',
  labels: 'label',
  from: 'from',
  to: 'to',
} as const satisfies Readonly<Record<keyof Filters, string>>;

const known: Readonly<Record<DeliveryStatus, true>> = {
  PENDING: true,
  SENDING: true,
  RETRYING: true,
  DELIVERED: true,
  FAILED: true,
  CANCELLED: true,
  HELD: true,
};
const isStatus = (text: string | null): text is DeliveryStatus => text !== null && Object.hasOwn(known, text);
const isDirection = (text: string | null): text is Direction => text === 'INBOUND' || text === 'OUTBOUND';

/** An address may have been typed by hand: invalid values filter nothing. */
export function filtersOf(search: URLSearchParams): Filters {
  const code = Number(search.get(names.responseCode));
  const status = search.get(names.status);
  const direction = search.get(names.direction);
  const test = search.get(names.isTest);
  const labels = search
    .getAll(names.labels)
    .flatMap((text) => {
      const label = labelOf(text);
      return label ? [label] : [];
    })
    .slice(0, 10);
  return {
    webhookId: search.get(names.webhookId),
    eventType: search.get(names.eventType),
    status: isStatus(status) ? status : null,
    responseCode: Number.isInteger(code) && code >= 100 && code <= 999 ? code : null,
    direction: isDirection(direction) ? direction : null,
    isTest: test === 'only' ? true : test === 'none' ? false : null,
    eventId: search.get(names.eventId),
    labels: labels.length > 0 ? labels : null,
    from: instantText(search.get(names.from)),
    to: instantText(search.get(names.to)),
  };
}

export const countOf = (filters: Filters): number => Object.values(filters).filter((value) => value !== null).length;

/** The part of an address that is about filters, in a fixed order: equal filters have equal texts, and mean the same times in any zone. */
export function filterText(search: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of Object.values(names)) {
    const isTime = name === names.from || name === names.to;
    for (const value of search.getAll(name)) {
      const text = isTime ? instantText(value) : value;
      if (text) kept.append(name, text);
    }
  }
  return kept.toString();
}

/** The address with other filters; what else it holds stays. */
export function withFilters(search: URLSearchParams, text: string): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of Object.values(names)) next.delete(name);
  for (const [name, value] of new URLSearchParams(text)) next.append(name, value);
  return next;
}

/** What a recovery and the log have in common. */
const common = (filters: Filters) => ({
  ...(filters.webhookId && { webhookId: filters.webhookId }),
  ...(filters.eventType && { eventTypes: [filters.eventType] }),
  ...(filters.status && { statuses: [filters.status] }),
  ...(filters.responseCode !== null && { responseCode: filters.responseCode }),
  ...(filters.eventId && { eventId: filters.eventId }),
  ...(filters.labels && { labels: Object.fromEntries(filters.labels) }),
});

/** The same as the SDK's filter. */
export const sdkFilter = (filters: Filters): DeliveryFilter => ({
  ...common(filters),
  ...(filters.direction && { direction: filters.direction }),
  ...(filters.isTest !== null && { isTest: filters.isTest }),
  ...(timeOf(filters.from) && { from: timeOf(filters.from) }),
  ...(timeOf(filters.to) && { to: timeOf(filters.to) }),
});

/**
 * The same as the filter of a recovery. Null where nothing that the filters match could be recovered: what came in, tests alone,
 * and what has not ended or was delivered.
 */
export function recoveryFilter(filters: Filters): RecoveryFilter | null {
  const { direction, isTest, status } = filters;
  if (direction === 'INBOUND' || isTest === true) return null;
  if (status !== null && status !== 'FAILED' && status !== 'CANCELLED') return null;
  const from = timeOf(filters.from);
  const to = timeOf(filters.to);
  return {
    ...common(filters),
    ...(from && { from: from.toISOString() }),
    ...(to && { to: to.toISOString() }),
  };
}

/** Whether a changed delivery matches the filters, but for its labels: the feed is asked for those. */
export function fits(delivery: Delivery, filters: Filters): boolean {
  const created = new Date(delivery.createdAt);
  const { webhookId, eventType, status, responseCode, direction, isTest, eventId } = filters;
  const from = timeOf(filters.from);
  const to = timeOf(filters.to);
  return (
    (webhookId === null || delivery.webhook?.id === webhookId) &&
    (eventType === null || delivery.eventType === eventType) &&
    (status === null || delivery.status === status) &&
    (responseCode === null || delivery.responseCode === responseCode) &&
    (direction === null || delivery.direction === direction) &&
    (isTest === null || delivery.isTest === isTest) &&
    (eventId === null || delivery.event?.id === eventId) &&
    (!from || created >= from) &&
    (!to || created < to)
  );
}

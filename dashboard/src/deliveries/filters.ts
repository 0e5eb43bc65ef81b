import type { Delivery, DeliveryFilter, DeliveryStatus, Direction } from '@everhook/sdk';

/** The filters in the address. */
export interface Filters {
  readonly webhookId: string | null;
  readonly eventType: string | null;
  readonly status: DeliveryStatus | null;
  readonly responseCode: number | null;
  readonly direction: Direction | null;
  /** In the browser's time zone, as date fields write them. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Each filter's name in the address. */
export const names = {
  webhookId: 'webhook',
  eventType: 'event',
  status: 'status',
  responseCode: 'code',
  direction: 'direction',
  from: 'from',
  to: 'to',
} as const;

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
  return {
    webhookId: search.get(names.webhookId),
    eventType: search.get(names.eventType),
    status: isStatus(status) ? status : null,
    responseCode: Number.isInteger(code) && code >= 100 && code <= 999 ? code : null,
    direction: isDirection(direction) ? direction : null,
    from: search.get(names.from),
    to: search.get(names.to),
  };
}

const timeOf = (text: string | null): Date | undefined => {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
};

/** The same as the SDK's filter. */
export const sdkFilter = (filters: Filters): DeliveryFilter => ({
  ...(filters.webhookId && { webhookId: filters.webhookId }),
  ...(filters.eventType && { eventTypes: [filters.eventType] }),
  ...(filters.status && { statuses: [filters.status] }),
  ...(filters.responseCode !== null && { responseCode: filters.responseCode }),
  ...(filters.direction && { direction: filters.direction }),
  ...(timeOf(filters.from) && { from: timeOf(filters.from) }),
  ...(timeOf(filters.to) && { to: timeOf(filters.to) }),
});

/** Whether a changed delivery matches the filters. */
export function fits(delivery: Delivery, filters: Filters): boolean {
  const created = new Date(delivery.createdAt);
  const { webhookId, eventType, status, responseCode, direction } = filters;
  const from = timeOf(filters.from);
  const to = timeOf(filters.to);
  return (
    (webhookId === null || delivery.webhook?.id === webhookId) &&
    (eventType === null || delivery.eventType === eventType) &&
    (status === null || delivery.status === status) &&
    (responseCode === null || delivery.responseCode === responseCode) &&
    (direction === null || delivery.direction === direction) &&
    (!from || created >= from) &&
    (!to || created < to)
  );
}

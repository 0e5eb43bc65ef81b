import type { Delivery, ListedEvent } from '@everhook/sdk';
import { paint, paintStatus } from '../terminal/output.ts';
import type { Column } from '../terminal/table.ts';

/** A time for people: the API's text to the second, in UTC. */
export const shortTime = (at: string | null | undefined): string =>
  at == null ? '' : `${at.slice(0, 19).replace('T', ' ')}Z`;

/** A duration of the API for people, in whole milliseconds. */
export const milliseconds = (duration: number | null | undefined): string => (duration == null ? '' : `${duration} ms`);

export const deliveryColumns: readonly Column<Delivery>[] = [
  { title: 'id', value: ({ id }) => id },
  {
    title: 'created',
    value: ({ createdAt }) => shortTime(createdAt),
    paint: (text) => paint('dim', text),
    extra: true,
  },
  { title: 'type', value: ({ eventType }) => eventType, flexible: true },
  { title: 'webhook', value: ({ webhook }) => webhook?.name, flexible: true },
  {
    title: 'status',
    value: ({ status }) => status,
    paint: (text, { status }) => text.replace(status, paintStatus(status)),
  },
  { title: 'code', value: ({ responseCode }) => responseCode, align: 'right' },
  { title: 'time', value: ({ responseTimeMs }) => milliseconds(responseTimeMs), align: 'right', extra: true },
  { title: 'attempts', value: ({ attemptCount }) => attemptCount, align: 'right', extra: true },
];

export const eventColumns: readonly Column<ListedEvent>[] = [
  { title: 'id', value: ({ id }) => id },
  {
    title: 'created',
    value: ({ createdAt }) => shortTime(createdAt),
    paint: (text) => paint('dim', text),
    extra: true,
  },
  { title: 'type', value: ({ type }) => type, flexible: true },
  {
    title: 'labels',
    value: ({ labels }) =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    flexible: true,
  },
  { title: '', value: ({ isTest, erasedAt }) => [isTest && 'test', erasedAt && 'erased'].filter(Boolean).join(' ') },
];

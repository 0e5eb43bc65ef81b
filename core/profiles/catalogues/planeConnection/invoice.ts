import { count, date, dateTime, entry, id, list, nullable, oneOf, record, text } from '../schema.ts';

const required = { id, invoice_number: text, status: oneOf('open', 'paid', 'overdue'), currency: text };
const optional = {
  /** In the smallest unit of the currency, so that no amount is rounded. */
  total_minor: count,
  paid_minor: count,
  customer: nullable(record({ id, name: text })),
  trip_id: nullable(id),
  lines: list(record({ description: text, amount_minor: count })),
  due_date: date,
  paid_at: nullable(dateTime),
  created_at: dateTime,
};
const invoice = record(required, optional);

const example = {
  id: 'inv_90412e',
  invoice_number: '2026-0447',
  status: 'open',
  currency: 'USD',
  total_minor: 1284050,
  paid_minor: 0,
  customer: { id: 'cust_88', name: 'Sierra Timber' },
  trip_id: 'trip_5f21c9',
  lines: [
    { description: 'KRNO–KBOI, PC-12', amount_minor: 1192050 },
    { description: 'Landing and handling', amount_minor: 92000 },
  ],
  due_date: '2026-07-27',
  paid_at: null,
  created_at: '2026-06-27T09:15:23Z',
};

export const invoiceEvents = [
  entry('invoice.created', 'Invoice', 'An invoice was issued.', invoice, example),
  entry(
    'invoice.paid',
    'Invoice',
    'An invoice was paid in full.',
    record({ ...required, paid_at: dateTime }, optional),
    {
      ...example,
      status: 'paid',
      paid_minor: 1284050,
      paid_at: '2026-07-14T08:03:51Z',
    },
  ),
  entry('invoice.overdue', 'Invoice', 'An invoice passed its due date unpaid.', invoice, {
    ...example,
    status: 'overdue',
  }),
];

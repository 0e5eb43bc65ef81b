import { count, dateTime, entry, id, list, nullable, oneOf, record, text } from '../schema.ts';

const required = { id, trip_number: text, status: oneOf('booked', 'released', 'completed', 'cancelled') };
const leg = record(
  { from: text, to: text, departs_at: dateTime },
  { arrives_at: nullable(dateTime), passengers: count },
);
const optional = {
  aircraft: nullable(record({ id, tail_number: text }, { type: text })),
  customer: nullable(record({ id, name: text })),
  crew: list(record({ id, name: text, role: oneOf('pilot_in_command', 'second_in_command', 'cabin') })),
  legs: list(leg),
  completed_at: nullable(dateTime),
  cancelled_at: nullable(dateTime),
  cancellation_reason: nullable(text),
  created_at: dateTime,
  updated_at: dateTime,
};
const trip = record(required, optional);

const example = {
  id: 'trip_5f21c9',
  trip_number: 'T-20418',
  status: 'booked',
  aircraft: { id: 'ac_17', tail_number: 'N482PC', type: 'PC-12 NGX' },
  customer: { id: 'cust_88', name: 'Sierra Timber' },
  crew: [{ id: 'crew_4', name: 'Dana Whitfield', role: 'pilot_in_command' }],
  legs: [
    { from: 'KRNO', to: 'KBOI', departs_at: '2026-07-02T15:30:00Z', arrives_at: '2026-07-02T16:50:00Z', passengers: 4 },
  ],
  completed_at: null,
  cancelled_at: null,
  cancellation_reason: null,
  created_at: '2026-06-27T09:15:23Z',
  updated_at: '2026-06-27T09:15:23Z',
};

export const tripEvents = [
  entry('trip.created', 'Trip', 'A trip was booked.', trip, example),
  entry('trip.updated', 'Trip', 'A trip was changed.', trip, { ...example, status: 'released' }),
  entry(
    'trip.completed',
    'Trip',
    'The last leg of a trip ended.',
    record({ ...required, completed_at: dateTime }, optional),
    {
      ...example,
      status: 'completed',
      completed_at: '2026-07-02T16:57:00Z',
    },
  ),
  entry('trip.cancelled', 'Trip', 'A trip was cancelled.', record({ ...required, cancelled_at: dateTime }, optional), {
    ...example,
    status: 'cancelled',
    cancelled_at: '2026-07-01T18:20:00Z',
    cancellation_reason: 'Smoke along the route.',
  }),
];

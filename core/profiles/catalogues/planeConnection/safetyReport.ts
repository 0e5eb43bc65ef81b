import { dateTime, entry, flag, id, nullable, oneOf, record, text } from '../schema.ts';

const required = { id, report_number: text, status: oneOf('submitted', 'under_review', 'closed') };
const optional = {
  title: text,
  category: oneOf('hazard', 'incident', 'occurrence', 'ground_damage', 'fatigue'),
  severity: oneOf('negligible', 'minor', 'major', 'hazardous', 'catastrophic'),
  anonymous: flag,
  /** Null for an anonymous report. */
  reporter: nullable(record({ id, name: text })),
  trip_id: nullable(id),
  occurred_at: dateTime,
  closed_at: nullable(dateTime),
  outcome: nullable(text),
  created_at: dateTime,
  updated_at: dateTime,
};
const report = record(required, optional);

const example = {
  id: 'sr_3c90aa',
  report_number: 'SR-0731',
  status: 'submitted',
  title: 'Tow bar left attached at engine start',
  category: 'hazard',
  severity: 'major',
  anonymous: true,
  reporter: null,
  trip_id: 'trip_5f21c9',
  occurred_at: '2026-06-26T22:05:00Z',
  closed_at: null,
  outcome: null,
  created_at: '2026-06-27T09:15:23Z',
  updated_at: '2026-06-27T09:15:23Z',
};

export const safetyReportEvents = [
  entry('safety_report.submitted', 'Safety report', 'A safety report was handed in.', report, example),
  entry('safety_report.updated', 'Safety report', 'A safety report was changed or reviewed.', report, {
    ...example,
    status: 'under_review',
  }),
  entry(
    'safety_report.closed',
    'Safety report',
    'The review of a safety report ended.',
    record({ ...required, closed_at: dateTime }, optional),
    { ...example, status: 'closed', closed_at: '2026-07-08T14:00:00Z', outcome: 'Walk-round checklist amended.' },
  ),
];

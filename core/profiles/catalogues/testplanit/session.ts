import { count, dateTime, id, link, nullable, record, text } from '../schema.ts';
import type { Subject } from './subject.ts';

export const session: Subject = {
  name: 'session',
  category: 'Sessions',
  noun: 'An exploratory session',
  required: { id, name: text },
  optional: {
    project_id: id,
    state: text,
    mission: nullable(text),
    assigned_to: nullable(record({ id, name: text })),
    estimate_minutes: nullable(count),
    milestone: nullable(record({ id, name: text })),
    created_at: dateTime,
    url: link,
  },
  example: {
    id: '560',
    name: 'Gift cards and refunds',
    project_id: '31',
    state: 'New',
    mission: 'Find what happens when a refund meets a half-spent card.',
    assigned_to: { id: 'u_19', name: 'Owen Blake' },
    estimate_minutes: 90,
    milestone: null,
    created_at: '2026-06-26T08:00:00.000Z',
    url: 'https://testplanit.example/projects/sessions/31/560',
  },
};

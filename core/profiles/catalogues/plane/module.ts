import { date, dateTime, id, list, nullable, oneOf, record, text } from '../schema.ts';
import { lifecycle } from './lifecycle.ts';

const module = record(
  { id, name: text },
  {
    project: id,
    workspace: id,
    description: text,
    status: oneOf('backlog', 'planned', 'in-progress', 'paused', 'completed', 'cancelled'),
    start_date: nullable(date),
    target_date: nullable(date),
    lead: nullable(id),
    members: list(id),
    created_at: dateTime,
    updated_at: dateTime,
  },
);

export const moduleEvents = lifecycle('module', 'module', module, {
  id: 'e3b53fb4-3a2c-4a05-9d5a-7e6c7dd6f0aa',
  name: 'Vision',
  project: '22b6fc9c-1849-45da-b103-52a3e3a6b4c1',
  workspace: 'b0b1b192-f988-4bf9-b569-825de8cb0678',
  description: 'Tell a carrot from a thistle at 2 m/s.',
  status: 'in-progress',
  start_date: '2026-05-04',
  target_date: '2026-08-28',
  lead: '6bb20d1c-4960-41ca-af4f-cee01de160c4',
  members: ['6bb20d1c-4960-41ca-af4f-cee01de160c4', 'a0f3a1ec-3c0b-4b67-8b1d-1c1f7e9e5a10'],
  created_at: '2026-05-04T07:30:00.000412Z',
  updated_at: '2026-06-20T15:02:44.903321Z',
});

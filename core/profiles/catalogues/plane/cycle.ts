import { dateTime, id, nullable, record, text } from '../schema.ts';
import { lifecycle } from './lifecycle.ts';

const cycle = record(
  { id, name: text },
  {
    project: id,
    workspace: id,
    description: text,
    start_date: nullable(dateTime),
    end_date: nullable(dateTime),
    owned_by: nullable(id),
    created_by: nullable(id),
    updated_by: nullable(id),
    created_at: dateTime,
    updated_at: dateTime,
  },
);

export const cycleEvents = lifecycle('cycle', 'cycle', cycle, {
  id: '5c1e0dd2-6c1a-4f0e-9a56-0d6c2e5f3f57',
  name: 'June, second half',
  project: '22b6fc9c-1849-45da-b103-52a3e3a6b4c1',
  workspace: 'b0b1b192-f988-4bf9-b569-825de8cb0678',
  description: 'Gripper calibration and the first field day.',
  start_date: '2026-06-15T00:00:00Z',
  end_date: '2026-06-30T23:59:59Z',
  owned_by: '6bb20d1c-4960-41ca-af4f-cee01de160c4',
  created_by: '6bb20d1c-4960-41ca-af4f-cee01de160c4',
  updated_by: null,
  created_at: '2026-06-12T09:11:02.118203Z',
  updated_at: '2026-06-12T09:11:02.118231Z',
});

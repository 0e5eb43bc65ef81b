import type { CatalogueEntry } from '../../profile.ts';
import { amount, date, dateTime, entry, id, integer, list, nullable, oneOf, record, text } from '../schema.ts';
import { lifecycle } from './lifecycle.ts';

const issue = record(
  { id, name: text },
  {
    project: id,
    workspace: id,
    sequence_id: integer,
    description_html: nullable(text),
    description_stripped: nullable(text),
    priority: oneOf('urgent', 'high', 'medium', 'low', 'none'),
    state: nullable(record({ id }, { name: text, group: text, color: text })),
    assignees: list(record({ id }, { display_name: text })),
    labels: list(record({ id }, { name: text, color: text })),
    parent: nullable(id),
    point: nullable(integer),
    sort_order: amount,
    start_date: nullable(date),
    target_date: nullable(date),
    completed_at: nullable(dateTime),
    archived_at: nullable(date),
    created_by: nullable(id),
    updated_by: nullable(id),
    created_at: dateTime,
    updated_at: dateTime,
  },
);

const events = lifecycle('issue', 'work item', issue, {
  id: '9a28bd00-ed9c-4f5d-8be9-fc05cbb1fc57',
  sequence_id: 118,
  name: 'Blade stops when the belt camera is dusty',
  project: '22b6fc9c-1849-45da-b103-52a3e3a6b4c1',
  workspace: 'b0b1b192-f988-4bf9-b569-825de8cb0678',
  description_html: '<p>Seen twice on the north field.</p>',
  description_stripped: 'Seen twice on the north field.',
  priority: 'high',
  state: { id: '0d1c9f1e-6f53-4b2e-9a0b-3f1a3c9a7b21', name: 'In Progress', group: 'started', color: '#f59e0b' },
  assignees: [{ id: 'a0f3a1ec-3c0b-4b67-8b1d-1c1f7e9e5a10', display_name: 'jana' }],
  labels: [{ id: '77e2c0e5-8b0e-4d0b-a4b8-5a5a5d7a4c3e', name: 'vision', color: '#2563eb' }],
  parent: null,
  point: 3,
  sort_order: 65535.5,
  start_date: '2026-06-24',
  target_date: '2026-07-01',
  completed_at: null,
  archived_at: null,
  created_by: '6bb20d1c-4960-41ca-af4f-cee01de160c4',
  updated_by: 'a0f3a1ec-3c0b-4b67-8b1d-1c1f7e9e5a10',
  created_at: '2026-06-23T12:01:59.001232Z',
  updated_at: '2026-06-27T09:15:23.456789Z',
});

/** The link between a work item and its cycle or module. */
const link = { id, issue: id, project: id, workspace: id, created_at: dateTime };
const linkExample = {
  id: 'c6f0a7f4-0b8f-45a2-a2d6-5f3c3c1f7b90',
  issue: '9a28bd00-ed9c-4f5d-8be9-fc05cbb1fc57',
  project: '22b6fc9c-1849-45da-b103-52a3e3a6b4c1',
  workspace: 'b0b1b192-f988-4bf9-b569-825de8cb0678',
  created_at: '2026-06-27T09:15:23.456789Z',
};
const { issue: issueId, ...optional } = link;

export const issueEvents: CatalogueEntry[] = [
  ...events,
  entry(
    'cycle_issue.create',
    'Work item',
    'A work item was added to a cycle.',
    record({ issue: issueId, cycle: id }, optional),
    { ...linkExample, cycle: '5c1e0dd2-6c1a-4f0e-9a56-0d6c2e5f3f57' },
  ),
  entry(
    'module_issue.create',
    'Work item',
    'A work item was added to a module.',
    record({ issue: issueId, module: id }, optional),
    { ...linkExample, module: 'e3b53fb4-3a2c-4a05-9d5a-7e6c7dd6f0aa' },
  ),
];

import { date, dateTime, entry, id, link, nullable, oneOf, percent, record, text } from '../schema.ts';

const status = oneOf('on_track', 'at_risk', 'off_track');
const required = { id, name: text, status };
const optional = {
  description: nullable(text),
  owner: nullable(record({ id, name: text })),
  start_date: nullable(date),
  due_date: nullable(date),
  progress: percent,
  archived_at: nullable(dateTime),
  created_at: dateTime,
  updated_at: dateTime,
  url: link,
};
const project = record(required, optional);

const example = {
  id: 'proj_xyz789',
  name: 'Harbour crane retrofit',
  status: 'on_track',
  description: 'Replace the hoist drives of cranes 3 to 6.',
  owner: { id: 'user_31', name: 'Ines Moreau' },
  start_date: '2026-03-02',
  due_date: '2026-11-20',
  progress: 42.5,
  archived_at: null,
  created_at: '2026-02-11T08:30:00Z',
  updated_at: '2026-06-27T09:15:23Z',
  url: 'https://app.onplana.example/projects/proj_xyz789',
};

export const projectEvents = [
  entry('project.created', 'Project', 'A project was created.', project, { ...example, progress: 0 }),
  entry('project.updated', 'Project', 'Fields of a project changed; `diff` lists them.', project, example),
  entry(
    'project.archived',
    'Project',
    'A project was archived.',
    record({ ...required, archived_at: dateTime }, optional),
    {
      ...example,
      archived_at: '2026-12-01T16:00:00Z',
    },
  ),
  entry('project.deleted', 'Project', 'A project was deleted. `data` is its last state.', project, example),
  entry(
    'project.status_changed',
    'Project',
    'The overall status of a project changed: on track, at risk or off track.',
    record({ ...required, previous_status: status }, optional),
    { ...example, status: 'at_risk', previous_status: 'on_track' },
  ),
];

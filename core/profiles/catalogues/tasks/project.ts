import { dateTime, entry, id, nullable, oneOf, record, text } from '../schema.ts';

const project = record(
  { id, name: text },
  {
    description: nullable(text),
    status: oneOf('active', 'archived'),
    owner_id: id,
    created_by: id,
    archived_at: nullable(dateTime),
    created_at: dateTime,
  },
);

const example = {
  id: 'proj_123',
  name: 'Website relaunch',
  description: 'New shop, same address.',
  status: 'active',
  owner_id: 'user_789',
  created_by: 'user_789',
  archived_at: null,
  created_at: '2026-09-01T07:00:00Z',
};

export const projectEvents = [
  entry('project.created', 'Project', 'A project was created.', project, example),
  entry('project.updated', 'Project', 'A project was changed.', project, {
    ...example,
    description: 'New shop, new address.',
  }),
  entry('project.archived', 'Project', 'A project was archived.', project, {
    ...example,
    status: 'archived',
    archived_at: '2026-12-18T12:00:00Z',
  }),
  entry('project.deleted', 'Project', 'A project was removed. `data` is its last state.', project, example),
];

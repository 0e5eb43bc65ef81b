import { date, dateTime, entry, id, link, nullable, oneOf, record, text } from '../schema.ts';

const required = { id, name: text, project_id: id };
const optional = {
  description: nullable(text),
  status: oneOf('planned', 'at_risk', 'missed', 'completed'),
  due_date: nullable(date),
  owner: nullable(record({ id, name: text })),
  completed_at: nullable(dateTime),
  created_at: dateTime,
  updated_at: dateTime,
  url: link,
};
const milestone = record(required, optional);

const example = {
  id: 'ms_17',
  name: 'Crane 4 handed over',
  project_id: 'proj_xyz789',
  description: 'Accepted by the port authority.',
  status: 'planned',
  due_date: '2026-07-10',
  owner: { id: 'user_31', name: 'Ines Moreau' },
  completed_at: null,
  created_at: '2026-02-11T09:00:00Z',
  updated_at: '2026-06-27T09:15:23Z',
  url: 'https://app.onplana.example/milestones/ms_17',
};

export const milestoneEvents = [
  entry('milestone.created', 'Milestone', 'A milestone was created.', milestone, example),
  entry('milestone.updated', 'Milestone', 'Fields of a milestone changed; `diff` lists them.', milestone, {
    ...example,
    status: 'at_risk',
    due_date: '2026-07-17',
  }),
  entry(
    'milestone.completed',
    'Milestone',
    'A milestone was reached.',
    record({ ...required, completed_at: dateTime }, optional),
    { ...example, status: 'completed', completed_at: '2026-07-09T11:20:00Z' },
  ),
];

import {
  amount,
  date,
  dateTime,
  entry,
  flag,
  id,
  link,
  list,
  nullable,
  oneOf,
  percent,
  record,
  text,
} from '../schema.ts';

const person = record({ id, name: text });
const required = { id, name: text, project_id: id, status: oneOf('todo', 'in_progress', 'blocked', 'done') };
const optional = {
  description: nullable(text),
  priority: oneOf('low', 'medium', 'high', 'critical'),
  assignee: nullable(person),
  milestone_id: nullable(id),
  parent_id: nullable(id),
  start_date: nullable(date),
  due_date: nullable(date),
  estimate_hours: nullable(amount),
  progress: percent,
  blocked: flag,
  labels: list(text),
  completed_at: nullable(dateTime),
  created_at: dateTime,
  updated_at: dateTime,
  url: link,
};
const task = record(required, optional);

const example = {
  id: 'task_4811',
  name: 'Commission hoist drive 4',
  project_id: 'proj_xyz789',
  status: 'in_progress',
  description: 'Run the load test at 110 % and sign the protocol.',
  priority: 'high',
  assignee: { id: 'user_52', name: 'Tomasz Lis' },
  milestone_id: 'ms_17',
  parent_id: null,
  start_date: '2026-06-22',
  due_date: '2026-07-03',
  estimate_hours: 14.5,
  progress: 60,
  blocked: false,
  labels: ['commissioning', 'crane-4'],
  completed_at: null,
  created_at: '2026-05-18T07:02:11Z',
  updated_at: '2026-06-27T09:15:23Z',
  url: 'https://app.onplana.example/tasks/task_4811',
};

export const taskEvents = [
  entry('task.created', 'Task', 'A task was created.', task, { ...example, status: 'todo', progress: 0 }),
  entry('task.updated', 'Task', 'Fields of a task changed; `diff` lists them.', task, example),
  entry('task.completed', 'Task', 'A task was completed.', record({ ...required, completed_at: dateTime }, optional), {
    ...example,
    status: 'done',
    progress: 100,
    completed_at: '2026-07-02T14:41:09Z',
  }),
  entry('task.deleted', 'Task', 'A task was deleted. `data` is its last state.', task, example),
  entry(
    'task.assigned',
    'Task',
    'A task was given to someone.',
    record({ ...required, assignee: person }, optional),
    example,
  ),
  entry(
    'task.unassigned',
    'Task',
    'A task lost its assignee.',
    record({ ...required, previous_assignee: person }, optional),
    { ...example, assignee: null, previous_assignee: { id: 'user_52', name: 'Tomasz Lis' } },
  ),
];

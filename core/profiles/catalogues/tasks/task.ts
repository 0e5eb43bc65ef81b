import { date, dateTime, entry, id, nullable, oneOf, record, text } from '../schema.ts';

const required = { id, name: text };
const optional = {
  description: nullable(text),
  status: oneOf('todo', 'in_progress', 'done'),
  priority: oneOf('low', 'medium', 'high', 'urgent'),
  project_id: nullable(id),
  assignee_id: nullable(id),
  created_by: id,
  due_date: nullable(date),
  completed_at: nullable(dateTime),
};
const task = record(required, optional);

const example = {
  id: 'task_789',
  name: 'Design homepage',
  description: null,
  status: 'todo',
  priority: 'high',
  project_id: 'proj_123',
  assignee_id: 'user_456',
  created_by: 'user_789',
  due_date: '2026-10-30',
  completed_at: null,
};

export const taskEvents = [
  entry('task.created', 'Task', 'A task was created.', task, example),
  entry('task.updated', 'Task', 'A task was changed.', task, { ...example, status: 'in_progress' }),
  entry('task.completed', 'Task', 'A task was marked done.', task, {
    ...example,
    status: 'done',
    completed_at: '2026-10-28T16:20:11Z',
  }),
  entry('task.deleted', 'Task', 'A task was removed. `data` is its last state.', task, example),
  entry(
    'task.assigned',
    'Task',
    'A task was given to someone.',
    record({ ...required, assignee_id: id }, optional),
    example,
  ),
];

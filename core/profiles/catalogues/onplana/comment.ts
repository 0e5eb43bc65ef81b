import { dateTime, entry, id, link, list, oneOf, record, text } from '../schema.ts';

const comment = record(
  {
    id,
    body: text,
    author: record({ id, name: text }),
    target: record({ type: oneOf('task', 'project'), id }, { name: text }),
  },
  { mentions: list(id), created_at: dateTime, url: link },
);

export const commentEvents = [
  entry('comment.added', 'Comment', 'Someone commented on a task or a project.', comment, {
    id: 'cmt_90210',
    body: 'Waiting for the spare encoder, it should arrive on Thursday.',
    author: { id: 'user_52', name: 'Tomasz Lis' },
    target: { type: 'task', id: 'task_4811', name: 'Commission hoist drive 4' },
    mentions: ['user_31'],
    created_at: '2026-06-27T09:15:23Z',
    url: 'https://app.onplana.example/tasks/task_4811#cmt_90210',
  }),
];

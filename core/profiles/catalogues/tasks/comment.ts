import { dateTime, entry, id, nullable, record, text } from '../schema.ts';

const comment = record(
  { id, task_id: id, body: text },
  { author_id: id, project_id: nullable(id), created_at: dateTime, updated_at: nullable(dateTime) },
);

const example = {
  id: 'comment_55',
  task_id: 'task_789',
  body: 'The hero image is 4 MB, please shrink it.',
  author_id: 'user_456',
  project_id: 'proj_123',
  created_at: '2026-10-14T10:30:00Z',
  updated_at: null,
};

export const commentEvents = [
  entry('comment.created', 'Comment', 'Someone commented on a task.', comment, example),
  entry('comment.updated', 'Comment', 'A comment was edited.', comment, {
    ...example,
    body: 'The hero image is 4 MB, please shrink it to 400 kB.',
    updated_at: '2026-10-14T10:41:37Z',
  }),
  entry('comment.deleted', 'Comment', 'A comment was removed. `data` is its last state.', comment, example),
];

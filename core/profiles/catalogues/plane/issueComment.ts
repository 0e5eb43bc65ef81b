import { dateTime, id, nullable, oneOf, record, text } from '../schema.ts';
import { lifecycle } from './lifecycle.ts';

const comment = record(
  { id, issue: id },
  {
    project: id,
    workspace: id,
    comment_html: text,
    comment_stripped: text,
    access: oneOf('INTERNAL', 'EXTERNAL'),
    actor: nullable(id),
    created_by: nullable(id),
    updated_by: nullable(id),
    created_at: dateTime,
    updated_at: dateTime,
  },
);

export const commentEvents = lifecycle('issue_comment', 'work item comment', comment, {
  id: '1f2a7c1d-0a33-4c8e-8a4b-2f8b1b9d5e64',
  issue: '9a28bd00-ed9c-4f5d-8be9-fc05cbb1fc57',
  project: '22b6fc9c-1849-45da-b103-52a3e3a6b4c1',
  workspace: 'b0b1b192-f988-4bf9-b569-825de8cb0678',
  comment_html: '<p>A brush in front of the lens helps – tried it “live”.</p>',
  comment_stripped: 'A brush in front of the lens helps – tried it “live”.',
  access: 'INTERNAL',
  actor: 'a0f3a1ec-3c0b-4b67-8b1d-1c1f7e9e5a10',
  created_by: 'a0f3a1ec-3c0b-4b67-8b1d-1c1f7e9e5a10',
  updated_by: null,
  created_at: '2026-06-27T10:02:00.120000Z',
  updated_at: '2026-06-27T10:02:00.120019Z',
});

import { dateTime, email, entry, id, nullable, oneOf, record, text } from '../schema.ts';

const role = oneOf('OWNER', 'ADMIN', 'MEMBER', 'VIEWER');
const required = { id, email, role };
const optional = {
  name: nullable(text),
  /** Null for a membership of the organization. */
  project_id: nullable(id),
  status: oneOf('invited', 'active', 'deactivated'),
  invited_by: nullable(id),
  updated_at: dateTime,
};
const member = record(required, optional);

const example = {
  id: 'user_77',
  email: 'rosa.almeida@example.com',
  role: 'MEMBER',
  name: 'Rosa Almeida',
  project_id: null,
  status: 'active',
  invited_by: 'user_31',
  updated_at: '2026-06-27T09:15:23Z',
};

export const memberEvents = [
  entry('member.invited', 'Member', 'Someone was invited to the organization or a project.', member, {
    ...example,
    name: null,
    status: 'invited',
  }),
  entry('member.activated', 'Member', 'An invited or deactivated member became active.', member, example),
  entry('member.deactivated', 'Member', 'A member lost access.', member, { ...example, status: 'deactivated' }),
  entry(
    'member.role_changed',
    'Member',
    'A member has another role.',
    record({ ...required, previous_role: role }, optional),
    {
      ...example,
      role: 'ADMIN',
      previous_role: 'MEMBER',
    },
  ),
];

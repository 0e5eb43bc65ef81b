import { dateTime, email, entry, id, nullable, oneOf, record, text } from '../schema.ts';

const role = oneOf('owner', 'admin', 'member', 'guest');
const required = { id, email };
const optional = { name: nullable(text), role, added_by: nullable(id), created_at: dateTime };
const user = record(required, optional);

const example = {
  id: 'user_456',
  email: 'noor.haddad@example.com',
  name: 'Noor Haddad',
  role: 'member',
  added_by: 'user_789',
  created_at: '2026-09-03T08:15:00Z',
};

export const userEvents = [
  entry('user.added', 'User', 'Someone joined the workspace.', user, example),
  entry('user.removed', 'User', 'Someone left the workspace. `data` is the last state.', user, example),
  entry(
    'user.role_changed',
    'User',
    'Someone has another role.',
    record({ ...required, role, previous_role: role }, optional),
    {
      ...example,
      role: 'admin',
      previous_role: 'member',
    },
  ),
];

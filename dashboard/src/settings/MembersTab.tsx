import type { Member, Role } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PeopleIcon, PlusIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';
import { roleTexts } from './permissionTexts.ts';
import { SessionsTable } from './SessionsTable.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

const roles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'];

/** The users of the organization. */
export default function MembersTab() {
  const { client } = useSession();
  const { organization } = useScope();
  const t = useWords('session');
  const queries = useQueryClient();
  const [setting, setSetting] = useState<Member | 'new' | null>(null);
  const [removing, setRemoving] = useState<{ userId: string; name: string } | null>(null);
  const queryKey = ['members', organization.id];
  const members = useOlder(queryKey, ({ signal, after }) =>
    client.members.list({ organizationId: organization.id, signal }).page({ first: 50, after }),
  );
  return (
    <>
      <div className={styles.bar}>
        <p>Users sign in by your identity provider, or with its JWT; they are known here by what it calls them.</p>
        <Button look="primary" onClick={() => setSetting('new')}>
          <PlusIcon /> Add member
        </Button>
      </div>
      {members.isPending && <Loading rows={3} height="3rem" />}
      {members.isError && <Failure error={members.error} retry={() => void members.refetch()} />}
      {members.items?.length === 0 && (
        <Card>
          <Empty icon={<PeopleIcon />} title="No members yet">
            <p>Who is added here, and comes with a token of your identity provider, sees this organization.</p>
          </Empty>
        </Card>
      )}
      {members.items && members.items.length > 0 && (
        <Table label="Members" columns={['Name', 'User', 'Role', 'Administers', 'Since', '']}>
          {members.items.map((member) => (
            <tr key={member.id}>
              <th scope="row">{member.name ?? '–'}</th>
              <td>
                <code>{member.userId}</code>
              </td>
              <td>{roleTexts[member.role]}</td>
              <td>{member.administers.map(({ name }) => name).join(', ') || '–'}</td>
              <td>
                <Ago time={member.createdAt} />
              </td>
              <td className={styles.end}>
                <Button small onClick={() => setSetting(member)}>
                  Change
                </Button>{' '}
                <Button
                  small
                  onClick={() => setRemoving({ userId: member.userId, name: member.name ?? member.userId })}
                >
                  Remove
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ShowOlder list={members} />
      <h2 className={styles.second}>{t('sessions.of')}</h2>
      <p>{t('sessions.ofText')}</p>
      <SessionsTable organizationId={organization.id} />
      {setting && <SetMember {...(setting !== 'new' && { member: setting })} onClose={() => setSetting(null)} />}
      {removing && (
        <Confirm
          title={`Remove ${removing.name}?`}
          action="Remove member"
          danger
          onConfirm={async () => {
            await client.members.remove({ organizationId: organization.id, userId: removing.userId });
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRemoving(null)}
        >
          They see nothing of {organization.name} from now on, its projects included.
        </Confirm>
      )}
    </>
  );
}

interface SetMemberProps {
  /** The member to change; absent for a new one. */
  readonly member?: Member;
  onClose(): void;
}

function SetMember({ member, onClose }: SetMemberProps) {
  const { client } = useSession();
  const { organization, projects } = useScope();
  const queries = useQueryClient();
  const [userId, setUserId] = useState(member?.userId ?? '');
  const [name, setName] = useState(member?.name ?? '');
  const [role, setRole] = useState<Role>(member?.role ?? 'MEMBER');
  const before = member?.administers.map(({ id }) => id) ?? [];
  const [administers, setAdministers] = useState<readonly string[]>(before);
  return (
    <FormDialog
      title={member ? `Change ${member.name ?? member.userId}` : 'Add a member'}
      action="Save member"
      onSubmit={async () => {
        const who = { organizationId: organization.id, userId: userId.trim() };
        if (!member || role !== member.role || name.trim() !== (member.name ?? '')) {
          await client.members.set({
            ...who,
            role,
            ...(name.trim() !== (member?.name ?? '') && { name: name.trim() }),
          });
        }
        for (const { id } of projects) {
          const change = { ...who, projectId: id };
          if (administers.includes(id) && !before.includes(id)) {
            await client.members.set({ ...change, role: 'PROJECT_ADMIN' });
          }
          if (!administers.includes(id) && before.includes(id)) await client.members.remove(change);
        }
        await queries.invalidateQueries({ queryKey: ['members'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="userId"
        label="User"
        hint="The “sub” of the user’s tokens."
        autoComplete="off"
        readOnly={member !== undefined}
        value={userId}
        onChange={(event) => setUserId(event.target.value)}
      />
      <TextField
        name="name"
        label="Name"
        optional
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        name="role"
        label="Role"
        hint="In the whole organization."
        value={role}
        onChange={(event) => setRole(event.target.value as Role)}
      >
        {roles.map((each) => (
          <option key={each} value={each}>
            {roleTexts[each]}
          </option>
        ))}
      </SelectField>
      {projects.length > 0 && (
        <fieldset name="projectId" className={styles.checks}>
          <legend>Administers</legend>
          {projects.map(({ id, name: project }) => (
            <Checkbox
              key={id}
              checked={administers.includes(id)}
              onChange={(on) => setAdministers(on ? [...administers, id] : administers.filter((each) => each !== id))}
            >
              {project}
            </Checkbox>
          ))}
        </fieldset>
      )}
    </FormDialog>
  );
}

import type { Role } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { FormDialog } from './FormDialog.tsx';
import { roleTexts } from './permissionTexts.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

const roles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'];

/** The users of the organization. */
export default function MembersTab() {
  const { client } = useSession();
  const { organization } = useScope();
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<{ userId: string; name: string } | null>(null);
  const queryKey = ['members', organization.id];
  const members = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await client.members.list({ organizationId: organization.id, signal }).page({ first: 100 })).items,
  });
  return (
    <>
      <div className={styles.bar}>
        <p>Users sign in with a JWT of your identity provider; they are known here by its “sub”.</p>
        <Button look="primary" onClick={() => setAdding(true)}>
          <PlusIcon /> Add member
        </Button>
      </div>
      {members.isPending && <Loading rows={3} height="3rem" />}
      {members.isError && <Failure error={members.error} retry={() => void members.refetch()} />}
      {members.data?.length === 0 && (
        <Card>
          <Empty title="No members yet" />
        </Card>
      )}
      {members.data && members.data.length > 0 && (
        <Table label="Members" columns={['Name', 'User', 'Role', 'Administers', 'Since', '']}>
          {members.data.map((member) => (
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
      {adding && <SetMember onClose={() => setAdding(false)} />}
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

function SetMember({ onClose }: { onClose(): void }) {
  const { client } = useSession();
  const { organization, projects } = useScope();
  const queries = useQueryClient();
  const [userId, setUserId] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('MEMBER');
  const [projectId, setProjectId] = useState(projects[0]?.id ?? '');
  return (
    <FormDialog
      title="Add or change a member"
      action="Save member"
      onSubmit={async () => {
        await client.members.set({
          organizationId: organization.id,
          userId: userId.trim(),
          role,
          ...(name.trim() && { name: name.trim() }),
          ...(role === 'PROJECT_ADMIN' && { projectId }),
        });
        await queries.invalidateQueries({ queryKey: ['members'] });
      }}
      onClose={onClose}
    >
      <TextField
        label="User"
        hint="The “sub” of the user’s tokens."
        value={userId}
        onChange={(event) => setUserId(event.target.value)}
      />
      <TextField label="Name" optional value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
        {[...roles, ...(projects.length > 0 ? (['PROJECT_ADMIN'] as const) : [])].map((each) => (
          <option key={each} value={each}>
            {roleTexts[each]}
          </option>
        ))}
      </SelectField>
      {role === 'PROJECT_ADMIN' && (
        <SelectField label="Of project" value={projectId} onChange={(event) => setProjectId(event.target.value)}>
          {projects.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
      )}
    </FormDialog>
  );
}

import type { Member, Role } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PeopleIcon, PlusIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Card, Empty, Failure, Loading, Notice } from '../design/Surfaces.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';
import { SessionsTable } from './SessionsTable.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

const roles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'];

/** The users of the organization. */
export default function MembersTab() {
  const { client } = useSession();
  const { organization } = useScope();
  const t = useWords('access');
  const session = useWords('session');
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
        <p>{t('members.about')}</p>
        <Button look="primary" onClick={() => setSetting('new')}>
          <PlusIcon /> {t('members.add')}
        </Button>
      </div>
      {members.isPending && <Loading rows={3} height="3rem" />}
      {members.isError && <Failure error={members.error} retry={() => void members.refetch()} />}
      {members.items?.length === 0 && (
        <Card>
          <Empty icon={<PeopleIcon />} title={t('members.none')}>
            <p>{t('members.noneText')}</p>
          </Empty>
        </Card>
      )}
      {members.items && members.items.length > 0 && (
        <Table
          label={t('members.title')}
          columns={[
            t('members.name'),
            t('members.user'),
            t('members.role'),
            t('members.administers'),
            t('members.since'),
            '',
          ]}
        >
          {members.items.map((member) => (
            <tr key={member.id}>
              <th scope="row">{member.name ?? t('common:none')}</th>
              <td className={styles.long}>
                <code>{member.userId}</code>
              </td>
              <td className={styles.long}>
                {t(`roles.${member.role}`)}
                {member.issuer !== null && (
                  <div className="muted">{t('members.byRules', { issuer: new URL(member.issuer).host })}</div>
                )}
              </td>
              <td className={styles.long}>
                {member.administers.map(({ name }) => name).join(', ') || t('common:none')}
              </td>
              <td>
                <Ago time={member.createdAt} />
              </td>
              <td className={styles.end}>
                <Button small onClick={() => setSetting(member)}>
                  {t('members.change')}
                </Button>{' '}
                <Button
                  small
                  onClick={() => setRemoving({ userId: member.userId, name: member.name ?? member.userId })}
                >
                  {t('members.remove')}
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ShowOlder list={members} />
      {/* Not before what is above it has its height. */}
      {!members.isPending && (
        <>
          <h2 className={styles.second}>{session('sessions.of')}</h2>
          <p className="muted">{session('sessions.ofText')}</p>
          <SessionsTable organizationId={organization.id} />
        </>
      )}
      {setting && <SetMember {...(setting !== 'new' && { member: setting })} onClose={() => setSetting(null)} />}
      {removing && (
        <Confirm
          title={t('members.removeTitle', { name: removing.name })}
          action={t('members.removeAction')}
          danger
          onConfirm={async () => {
            await client.members.remove({ organizationId: organization.id, userId: removing.userId });
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRemoving(null)}
        >
          {t('members.removeText', { name: organization.name })}
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
  const t = useWords('access');
  const queries = useQueryClient();
  const [userId, setUserId] = useState(member?.userId ?? '');
  const [name, setName] = useState(member?.name ?? '');
  const [role, setRole] = useState<Role>(member?.role ?? 'MEMBER');
  const before = member?.administers.map(({ id }) => id) ?? [];
  const [administers, setAdministers] = useState<readonly string[]>(before);
  return (
    <FormDialog
      title={member ? t('members.changeTitle', { name: member.name ?? member.userId }) : t('members.addTitle')}
      action={t('members.save')}
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
      {member?.issuer != null && <Notice>{t('members.byRulesText', { issuer: new URL(member.issuer).host })}</Notice>}
      <TextField
        name="userId"
        label={t('members.user')}
        hint={t('members.userHint')}
        autoComplete="off"
        readOnly={member !== undefined}
        value={userId}
        onChange={(event) => setUserId(event.target.value)}
      />
      <TextField
        name="name"
        label={t('members.name')}
        optional
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        name="role"
        label={t('members.role')}
        hint={t('members.roleHint')}
        value={role}
        onChange={(event) => setRole(event.target.value as Role)}
      >
        {roles.map((each) => (
          <option key={each} value={each}>
            {t(`roles.${each}`)}
          </option>
        ))}
      </SelectField>
      {projects.length > 0 && (
        <fieldset name="projectId" className={styles.checks}>
          <legend>{t('members.administers')}</legend>
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

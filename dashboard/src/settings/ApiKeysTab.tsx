import type { ApiKey, Permission, Role } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { KeyIcon, PlusIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { useReveal } from '../webhooks/Reveals.tsx';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';
import { PermissionChecks, requireSome } from './PermissionChecks.tsx';
import { permissions } from './permissions.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** The credentials of services. */
export function ApiKeysTab() {
  const { client } = useSession();
  const { filter, projects } = useScope();
  const t = useWords('access');
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const queryKey = ['apiKeys', filter];
  const keys = useOlder(queryKey, ({ signal, after }) =>
    client.apiKeys.list({ ...filter, signal }).page({ first: 50, after }),
  );
  return (
    <>
      <div className={styles.bar}>
        <p>{t('keys.about')}</p>
        <Button look="primary" onClick={() => setAdding(true)}>
          <PlusIcon /> {t('keys.new')}
        </Button>
      </div>
      {keys.isPending && <Loading rows={3} height="3rem" />}
      {keys.isError && <Failure error={keys.error} retry={() => void keys.refetch()} />}
      {keys.items?.length === 0 && (
        <Card>
          <Empty icon={<KeyIcon />} title={t('keys.none')}>
            <p>{t('keys.noneText')}</p>
          </Empty>
        </Card>
      )}
      {keys.items && keys.items.length > 0 && (
        <Table
          label={t('keys.title')}
          columns={[t('keys.name'), t('keys.begins'), t('may'), t('keys.project'), t('keys.created'), '']}
        >
          {keys.items.map((key) => (
            <tr key={key.id} className={key.revokedAt ? styles.off : undefined}>
              <th scope="row">{key.name}</th>
              <td>
                <code className={styles.id}>{t('keys.beginning', { prefix: key.prefix })}</code>
              </td>
              <td>
                {key.role
                  ? t(`roles.${key.role}`)
                  : key.permissions.map((each) => t(`common:permissions.${each}`)).join(', ')}
              </td>
              <td>
                {key.project
                  ? (projects.find(({ id }) => id === key.project?.id)?.name ?? t('keys.oneProject'))
                  : t('keys.all')}
              </td>
              <td>
                <Ago time={key.createdAt} />
              </td>
              <td className={styles.end}>
                {key.revokedAt ? (
                  <Badge>{t('keys.revoked')}</Badge>
                ) : (
                  <Button small onClick={() => setRevoking(key)}>
                    {t('keys.revoke')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ShowOlder list={keys} />
      {adding && <NewKey onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={t('keys.revokeTitle', { name: revoking.name })}
          action={t('keys.revokeAction')}
          danger
          onConfirm={async () => {
            await client.apiKeys.revoke(revoking.id);
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRevoking(null)}
        >
          {t('keys.revokeText')}
        </Confirm>
      )}
    </>
  );
}

const roles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'];
const usual: readonly Permission[] = ['EVENT_PUBLISH'];

function NewKey({ onClose }: { onClose(): void }) {
  const { client } = useSession();
  const { organization, project, may } = useScope();
  const t = useWords('access');
  const { whole, projects } = useReach('KEY_MANAGE');
  const queries = useQueryClient();
  const reveal = useReveal();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role | ''>('MEMBER');
  const [projectId, setProjectId] = useState(project?.id ?? (whole ? '' : (projects[0]?.id ?? '')));
  const [chosen, setChosen] = useState<readonly Permission[]>(() => usual.filter(may));
  return (
    <FormDialog
      title={t('keys.newTitle')}
      action={t('keys.create')}
      onSubmit={async () => {
        const input = {
          organizationId: organization.id,
          name,
          ...(projectId && { projectId }),
          ...(role ? { role } : { permissions: requireSome(chosen) }),
        };
        const { apiKey, key } = await client.apiKeys.create(input);
        reveal({ title: t('keys.ready', { name: apiKey.name }), values: { [t('keys.key')]: key } });
        // A secret that is shown once must not wait for a list.
        void queries.invalidateQueries({ queryKey: ['apiKeys'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label={t('keys.name')}
        hint={t('keys.nameHint')}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label={t('keys.project')} value={projectId} onChange={(event) => setProjectId(event.target.value)}>
        {whole && <option value="">{t('keys.allProjects')}</option>}
        {projects.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField
        name="role"
        label={t('may')}
        value={role}
        onChange={(event) => setRole(event.target.value as Role | '')}
      >
        {roles.map((each) => (
          <option key={each} value={each}>
            {t('keys.asRole', { role: t(`roles.${each}`) })}
          </option>
        ))}
        <option value="">{t('keys.chosen')}</option>
      </SelectField>
      {role === '' && <PermissionChecks of={permissions} chosen={chosen} onChange={setChosen} />}
    </FormDialog>
  );
}

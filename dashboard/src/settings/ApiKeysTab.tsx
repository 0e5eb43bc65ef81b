import type { ApiKey, CreatedApiKey, Permission, Role } from '@everhook/sdk';
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
import { RevealOnce } from '../webhooks/RevealOnce.tsx';
import { FormDialog } from './FormDialog.tsx';
import { PermissionChecks, requireSome } from './PermissionChecks.tsx';
import { permissions, permissionTexts, roleTexts } from './permissionTexts.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** The credentials of services. */
export function ApiKeysTab() {
  const { client } = useSession();
  const { filter, projects } = useScope();
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const queryKey = ['apiKeys', filter];
  const keys = useOlder(queryKey, ({ signal, after }) =>
    client.apiKeys.list({ ...filter, signal }).page({ first: 50, after }),
  );
  return (
    <>
      <div className={styles.bar}>
        <p>
          A key is how a service signs in. It has a role, or permissions of its own, and may be kept to one project.
        </p>
        <Button look="primary" onClick={() => setAdding(true)}>
          <PlusIcon /> New key
        </Button>
      </div>
      {keys.isPending && <Loading rows={3} height="3rem" />}
      {keys.isError && <Failure error={keys.error} retry={() => void keys.refetch()} />}
      {keys.items?.length === 0 && (
        <Card>
          <Empty icon={<KeyIcon />} title="No keys yet">
            <p>Make one for each service that publishes events or looks after webhooks. It is shown once.</p>
          </Empty>
        </Card>
      )}
      {keys.items && keys.items.length > 0 && (
        <Table label="API keys" columns={['Name', 'Begins with', 'May', 'Project', 'Created', '']}>
          {keys.items.map((key) => (
            <tr key={key.id} className={key.revokedAt ? styles.off : undefined}>
              <th scope="row">{key.name}</th>
              <td>
                <code>{key.prefix}…</code>
              </td>
              <td>
                {key.role ? roleTexts[key.role] : key.permissions.map((each) => permissionTexts[each]).join(', ')}
              </td>
              <td>{key.project ? (projects.find(({ id }) => id === key.project?.id)?.name ?? 'One') : 'All'}</td>
              <td>
                <Ago time={key.createdAt} />
              </td>
              <td className={styles.end}>
                {key.revokedAt ? (
                  <Badge>Revoked</Badge>
                ) : (
                  <Button small onClick={() => setRevoking(key)}>
                    Revoke
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ShowOlder list={keys} />
      {adding && <NewKey onCreated={setCreated} onClose={() => setAdding(false)} />}
      {created && (
        <RevealOnce
          title={`${created.apiKey.name} is ready`}
          values={{ 'API key': created.key }}
          onClose={() => setCreated(null)}
        />
      )}
      {revoking && (
        <Confirm
          title={`Revoke ${revoking.name}?`}
          action="Revoke key"
          danger
          onConfirm={async () => {
            await client.apiKeys.revoke(revoking.id);
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRevoking(null)}
        >
          What signs in with it is refused from now on. A revoked key cannot be brought back.
        </Confirm>
      )}
    </>
  );
}

const roles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER', 'VIEWER'];
const usual: readonly Permission[] = ['EVENT_PUBLISH'];

function NewKey({ onCreated, onClose }: { onCreated(created: CreatedApiKey): void; onClose(): void }) {
  const { client } = useSession();
  const { organization, project, may } = useScope();
  const { whole, projects } = useReach('KEY_MANAGE');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role | ''>('MEMBER');
  const [projectId, setProjectId] = useState(project?.id ?? (whole ? '' : (projects[0]?.id ?? '')));
  const [chosen, setChosen] = useState<readonly Permission[]>(() => usual.filter(may));
  return (
    <FormDialog
      title="New API key"
      action="Create key"
      onSubmit={async () => {
        const input = {
          organizationId: organization.id,
          name,
          ...(projectId && { projectId }),
          ...(role ? { role } : { permissions: requireSome(chosen) }),
        };
        onCreated(await client.apiKeys.create(input));
        // A secret that is shown once must not wait for a list.
        void queries.invalidateQueries({ queryKey: ['apiKeys'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label="Name"
        hint="Which service it is for."
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label="Project" value={projectId} onChange={(event) => setProjectId(event.target.value)}>
        {whole && <option value="">All projects</option>}
        {projects.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField name="role" label="May" value={role} onChange={(event) => setRole(event.target.value as Role | '')}>
        {roles.map((each) => (
          <option key={each} value={each}>
            What the role {roleTexts[each]} may
          </option>
        ))}
        <option value="">Chosen permissions</option>
      </SelectField>
      {role === '' && <PermissionChecks of={permissions} chosen={chosen} onChange={setChosen} />}
    </FormDialog>
  );
}

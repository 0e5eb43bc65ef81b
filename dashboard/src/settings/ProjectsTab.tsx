import type { Profile } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { Badge, Card, Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { profileTexts } from '../webhooks/profiles.ts';
import { FormDialog } from './FormDialog.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** The organization's projects. */
export function ProjectsTab() {
  const { organization, projects, may } = useScope();
  const [adding, setAdding] = useState(false);
  const manages = useReach('ORGANIZATION_MANAGE').whole && may('ORGANIZATION_MANAGE');
  return (
    <>
      <div className={styles.bar}>
        <p>A project has a profile, the wire format of its webhooks, with that profile’s catalogue of events.</p>
        {manages && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <PlusIcon /> New project
          </Button>
        )}
      </div>
      {projects.length === 0 ? (
        <Card>
          <Empty title="No projects yet">
            <p>Events can be published for the whole organization, too; a project sets them apart.</p>
          </Empty>
        </Card>
      ) : (
        <Table label="Projects" columns={['Name', 'Profile', 'Id', 'Created']}>
          {projects.map(({ id, name, profile, createdAt }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              <td>
                <Badge plain tone="accent">
                  {profileTexts[profile].name}
                </Badge>
              </td>
              <td>
                <code>{id}</code>
              </td>
              <td>
                <Ago time={createdAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {adding && <NewProject organizationId={organization.id} onClose={() => setAdding(false)} />}
    </>
  );
}

function NewProject({ organizationId, onClose }: { readonly organizationId: string; onClose(): void }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [profile, setProfile] = useState<Profile>('STANDARD');
  return (
    <FormDialog
      title="New project"
      action="Create project"
      onSubmit={async () => {
        await client.projects.create({ organizationId, name, profile });
        await queries.invalidateQueries({ queryKey: ['projects'] });
      }}
      onClose={onClose}
    >
      <TextField name="name" label="Name" value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField
        label="Profile"
        hint={profileTexts[profile].hint}
        value={profile}
        onChange={(event) => setProfile(event.target.value as Profile)}
      >
        {Object.entries(profileTexts)
          .filter(([value]) => value !== 'SLACK')
          .map(([value, { name: text }]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
      </SelectField>
    </FormDialog>
  );
}

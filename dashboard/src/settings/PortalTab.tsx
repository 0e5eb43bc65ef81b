import type { Permission } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../design/Button.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { Badge, Card, Empty, Failure, Loading, messageOf } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { RevealOnce } from '../webhooks/RevealOnce.tsx';
import { FormDialog } from './FormDialog.tsx';
import { permissionTexts } from './permissionTexts.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** Short-lived access for customers, to one project each. */
export default function PortalTab() {
  const { client } = useSession();
  const { filter, projects } = useScope();
  const queries = useQueryClient();
  const toast = useToast();
  const [adding, setAdding] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const queryKey = ['portalLinks', filter];
  const links = useQuery({
    queryKey,
    queryFn: async ({ signal }) => (await client.portalLinks.list({ ...filter, signal }).page({ first: 100 })).items,
  });
  const revoke = async (id: string) => {
    try {
      await client.portalLinks.revoke(id);
      await queries.invalidateQueries({ queryKey });
    } catch (error) {
      toast(messageOf(error));
    }
  };
  return (
    <>
      <div className={styles.bar}>
        <p>A portal link opens this dashboard for one project, as a page or in a frame of your own product.</p>
        {projects.length > 0 && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <PlusIcon /> New portal link
          </Button>
        )}
      </div>
      {links.isPending && <Loading rows={2} height="3rem" />}
      {links.isError && <Failure error={links.error} retry={() => void links.refetch()} />}
      {links.data?.length === 0 && (
        <Card>
          <Empty title="No portal links yet" />
        </Card>
      )}
      {links.data && links.data.length > 0 && (
        <Table label="Portal links" columns={['Name', 'Project', 'May', 'Expires', '']}>
          {links.data.map(({ id, name, project, permissions, expiresAt, revokedAt }) => {
            const over = revokedAt || Date.parse(expiresAt) <= Date.now();
            return (
              <tr key={id} className={over ? styles.off : undefined}>
                <th scope="row">{name || 'Unnamed'}</th>
                <td>{projects.find((each) => each.id === project.id)?.name ?? project.id}</td>
                <td>{permissions.map((each) => permissionTexts[each]).join(', ')}</td>
                <td>
                  <Ago time={expiresAt} />
                </td>
                <td className={styles.end}>
                  {over ? (
                    <Badge>{revokedAt ? 'Revoked' : 'Expired'}</Badge>
                  ) : (
                    <Button small onClick={() => void revoke(id)}>
                      Revoke
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {adding && (
        <NewLink onCreated={(path) => setLink(new URL(path, location.origin).href)} onClose={() => setAdding(false)} />
      )}
      {link && <RevealOnce title="The portal link" values={{ Link: link }} onClose={() => setLink(null)} />}
    </>
  );
}

const offered: readonly Permission[] = ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY', 'INBOUND_MANAGE'];
const times = { PT15M: '15 minutes', PT1H: 'An hour', PT8H: '8 hours', P1D: 'A day' };

function NewLink({ onCreated, onClose }: { onCreated(path: string): void; onClose(): void }) {
  const { client } = useSession();
  const { project, projects, may } = useScope();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [projectId, setProjectId] = useState(project?.id ?? projects[0]?.id ?? '');
  const [expiresIn, setExpiresIn] = useState('PT1H');
  const [chosen, setChosen] = useState<readonly Permission[]>(['WEBHOOK_READ', 'WEBHOOK_MANAGE']);
  return (
    <FormDialog
      title="New portal link"
      action="Create link"
      onSubmit={async () => {
        const input = { projectId, expiresIn, permissions: chosen, ...(name.trim() && { name: name.trim() }) };
        onCreated((await client.portalLinks.create(input)).path);
        await queries.invalidateQueries({ queryKey: ['portalLinks'] });
      }}
      onClose={onClose}
    >
      <TextField
        label="Name"
        optional
        hint="Whom it is for."
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label="Project" value={projectId} onChange={(event) => setProjectId(event.target.value)}>
        {projects.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField label="Good for" value={expiresIn} onChange={(event) => setExpiresIn(event.target.value)}>
        {Object.entries(times).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </SelectField>
      <fieldset className={styles.checks}>
        <legend className="visually-hidden">Permissions</legend>
        {offered
          .filter((permission) => may(permission))
          .map((permission) => (
            <Checkbox
              key={permission}
              checked={chosen.includes(permission)}
              onChange={(on) => setChosen(on ? [...chosen, permission] : chosen.filter((each) => each !== permission))}
            >
              {permissionTexts[permission]}
            </Checkbox>
          ))}
      </fieldset>
    </FormDialog>
  );
}

import type { Permission, PortalLink } from '@everhook/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiUrl } from '../base.ts';
import { Button } from '../design/Button.tsx';
import { Confirm } from '../design/Dialogs.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { LinkIcon, PlusIcon } from '../design/icons.tsx';
import { ShowOlder, useOlder } from '../design/Older.tsx';
import { Badge, Card, Empty, Failure, Loading } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { RevealOnce } from '../webhooks/RevealOnce.tsx';
import { FormDialog } from './FormDialog.tsx';
import { PermissionChecks, requireSome, withImplied } from './PermissionChecks.tsx';
import { permissionTexts } from './permissionTexts.ts';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** Short-lived access for customers, to one project each. */
export default function PortalTab() {
  const { client } = useSession();
  const { filter, projects } = useScope();
  const mine = useReach('KEY_MANAGE').projects;
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [link, setLink] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<PortalLink | null>(null);
  const queryKey = ['portalLinks', filter];
  const links = useOlder(queryKey, ({ signal, after }) =>
    client.portalLinks.list({ ...filter, signal }).page({ first: 50, after }),
  );
  return (
    <>
      <div className={styles.bar}>
        <p>A portal link opens this dashboard for one project, as a page or in a frame of your own product.</p>
        {mine.length > 0 && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <PlusIcon /> New portal link
          </Button>
        )}
      </div>
      {links.isPending && <Loading rows={2} height="3rem" />}
      {links.isError && <Failure error={links.error} retry={() => void links.refetch()} />}
      {links.items?.length === 0 && (
        <Card>
          <Empty icon={<LinkIcon />} title="No portal links yet">
            <p>Give a customer a page of their own: their project’s webhooks and deliveries, for a day at most.</p>
          </Empty>
        </Card>
      )}
      {links.items && links.items.length > 0 && (
        <Table label="Portal links" columns={['Name', 'Project', 'May', 'Expires', '']}>
          {links.items.map((each) => {
            const { id, name, project, permissions, expiresAt, revokedAt } = each;
            const over = revokedAt || Date.parse(expiresAt) <= Date.now();
            return (
              <tr key={id} className={over ? styles.off : undefined}>
                <th scope="row">{name}</th>
                <td>{projects.find((known) => known.id === project.id)?.name ?? project.id}</td>
                <td>{permissions.map((permission) => permissionTexts[permission]).join(', ')}</td>
                <td>
                  <Ago time={expiresAt} />
                </td>
                <td className={styles.end}>
                  {over ? (
                    <Badge>{revokedAt ? 'Revoked' : 'Expired'}</Badge>
                  ) : (
                    <Button small onClick={() => setRevoking(each)}>
                      Revoke
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      <ShowOlder list={links} />
      {adding && <NewLink onCreated={(path) => setLink(apiUrl + path)} onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={`Revoke ${revoking.name}?`}
          action="Revoke link"
          danger
          onConfirm={async () => {
            await client.portalLinks.revoke(revoking.id);
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRevoking(null)}
        >
          Pages that were opened by it show nothing more from now on. A revoked link cannot be brought back.
        </Confirm>
      )}
      {link && <RevealOnce title="The portal link" values={{ Link: link }} onClose={() => setLink(null)} />}
    </>
  );
}

const offered: readonly Permission[] = ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY', 'INBOUND_MANAGE'];
const usual: readonly Permission[] = ['WEBHOOK_READ', 'WEBHOOK_MANAGE'];
const times = { PT15M: '15 minutes', PT1H: 'An hour', PT8H: '8 hours', P1D: 'A day' };

function NewLink({ onCreated, onClose }: { onCreated(path: string): void; onClose(): void }) {
  const { client } = useSession();
  const { project, may } = useScope();
  const { projects } = useReach('KEY_MANAGE');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [projectId, setProjectId] = useState(project?.id ?? projects[0]?.id ?? '');
  const [expiresIn, setExpiresIn] = useState('PT1H');
  const [chosen, setChosen] = useState<readonly Permission[]>(() => usual.filter(may));
  return (
    <FormDialog
      title="New portal link"
      action="Create link"
      onSubmit={async () => {
        const input = {
          projectId,
          expiresIn,
          permissions: requireSome(withImplied(chosen, 'WEBHOOK_READ')),
          ...(name.trim() && { name: name.trim() }),
        };
        onCreated((await client.portalLinks.create(input)).path);
        // A secret that is shown once must not wait for a list.
        void queries.invalidateQueries({ queryKey: ['portalLinks'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
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
      <SelectField
        name="expiresIn"
        label="Good for"
        value={expiresIn}
        onChange={(event) => setExpiresIn(event.target.value)}
      >
        {Object.entries(times).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </SelectField>
      <PermissionChecks of={offered} implied="WEBHOOK_READ" chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

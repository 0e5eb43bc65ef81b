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
import { useReveal } from '../webhooks/Reveals.tsx';
import { useWords } from '../words/words.ts';
import { FormDialog } from './FormDialog.tsx';
import { PermissionChecks, requireSome, withImplied } from './PermissionChecks.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

/** Short-lived access for customers, to one project each. */
export default function PortalTab() {
  const { client } = useSession();
  const t = useWords('portal');
  const { filter, projects } = useScope();
  const mine = useReach('KEY_MANAGE').projects;
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<PortalLink | null>(null);
  const queryKey = ['portalLinks', filter];
  const links = useOlder(queryKey, ({ signal, after }) =>
    client.portalLinks.list({ ...filter, signal }).page({ first: 50, after }),
  );
  return (
    <>
      <div className={styles.bar}>
        <p>{t('links.intro')}</p>
        {mine.length > 0 && (
          <Button look="primary" onClick={() => setAdding(true)}>
            <PlusIcon /> {t('links.new')}
          </Button>
        )}
      </div>
      {links.isPending && <Loading rows={2} height="3rem" />}
      {links.isError && <Failure error={links.error} retry={() => void links.refetch()} />}
      {links.items?.length === 0 && (
        <Card>
          <Empty icon={<LinkIcon />} title={t('links.none')}>
            <p>{t('links.noneHint')}</p>
          </Empty>
        </Card>
      )}
      {links.items && links.items.length > 0 && (
        <Table
          label={t('links.title')}
          columns={[t('links.name'), t('common:frame.project'), t('links.may'), t('links.expires'), '']}
        >
          {links.items.map((each) => {
            const { id, name, project, permissions, expiresAt, revokedAt } = each;
            const over = revokedAt || Date.parse(expiresAt) <= Date.now();
            return (
              <tr key={id} className={over ? styles.off : undefined}>
                <th scope="row">{name}</th>
                <td>{projects.find((known) => known.id === project.id)?.name ?? project.id}</td>
                <td>{permissions.map((permission) => t(`common:permissions.${permission}`)).join(', ')}</td>
                <td>
                  <Ago time={expiresAt} />
                </td>
                <td className={styles.end}>
                  {over ? (
                    <Badge>{t(revokedAt ? 'links.revoked' : 'links.expired')}</Badge>
                  ) : (
                    <Button small onClick={() => setRevoking(each)}>
                      {t('links.revoke')}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      <ShowOlder list={links} />
      {adding && <NewLink onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={t('links.revokeTitle', { name: revoking.name })}
          action={t('links.revokeAction')}
          danger
          onConfirm={async () => {
            await client.portalLinks.revoke(revoking.id);
            await queries.invalidateQueries({ queryKey });
          }}
          onClose={() => setRevoking(null)}
        >
          {t('links.revokeText')}
        </Confirm>
      )}
    </>
  );
}

const offered: readonly Permission[] = ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'DELIVERY_REPLAY', 'INBOUND_MANAGE'];
const usual: readonly Permission[] = ['WEBHOOK_READ', 'WEBHOOK_MANAGE'];
const times = ['PT15M', 'PT1H', 'PT8H', 'P1D'] as const;

function NewLink({ onClose }: { onClose(): void }) {
  const { client } = useSession();
  const t = useWords('portal');
  const { project, may } = useScope();
  const { projects } = useReach('KEY_MANAGE');
  const queries = useQueryClient();
  const reveal = useReveal();
  const [name, setName] = useState('');
  const [projectId, setProjectId] = useState(project?.id ?? projects[0]?.id ?? '');
  const [expiresIn, setExpiresIn] = useState('PT1H');
  const [chosen, setChosen] = useState<readonly Permission[]>(() => usual.filter(may));
  return (
    <FormDialog
      title={t('links.new')}
      action={t('links.create')}
      onSubmit={async () => {
        const input = {
          projectId,
          expiresIn,
          permissions: requireSome(withImplied(chosen, 'WEBHOOK_READ')),
          ...(name.trim() && { name: name.trim() }),
        };
        const { path } = await client.portalLinks.create(input);
        reveal({ title: t('links.made'), values: { [t('links.link')]: apiUrl + path } });
        // A secret that is shown once must not wait for a list.
        void queries.invalidateQueries({ queryKey: ['portalLinks'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label={t('links.name')}
        optional
        hint={t('links.nameHint')}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        label={t('common:frame.project')}
        value={projectId}
        onChange={(event) => setProjectId(event.target.value)}
      >
        {projects.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <SelectField
        name="expiresIn"
        label={t('links.lasts')}
        value={expiresIn}
        onChange={(event) => setExpiresIn(event.target.value)}
      >
        {times.map((value) => (
          <option key={value} value={value}>
            {t(`links.times.${value}`)}
          </option>
        ))}
      </SelectField>
      <PermissionChecks of={offered} implied="WEBHOOK_READ" chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}

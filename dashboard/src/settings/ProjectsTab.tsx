import type { Profile, Project } from '@everhook/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { SelectField, TextField } from '../design/Field.tsx';
import { PlusIcon } from '../design/icons.tsx';
import { Badge, Card, Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useReach } from '../shell/reach.ts';
import { useScope } from '../shell/scope.tsx';
import { Ago } from '../time/Time.tsx';
import { profileHint, profileTexts } from '../webhooks/profiles.ts';
import { useWords } from '../words/words.ts';
import { deletionIdOf } from './auditTarget.ts';
import { DeleteDialog } from './DeleteDialog.tsx';
import { DeletionProgress } from './DeletionProgress.tsx';
import { FormDialog } from './FormDialog.tsx';
import styles from './settings.module.css';
import { Table } from './Table.tsx';

type Open = { readonly kind: 'new' } | { readonly kind: 'change' | 'delete'; readonly project: Project };

/** The organization's projects, and how far those are that are being deleted. */
export function ProjectsTab() {
  const { client, viewer } = useSession();
  const { projects, may } = useScope();
  const queries = useQueryClient();
  const t = useWords('settings');
  const [, setSearch] = useSearchParams();
  const [open, setOpen] = useState<Open | null>(null);
  const reach = useReach('ORGANIZATION_MANAGE');
  const manages = reach.whole && may('ORGANIZATION_MANAGE');
  const deletes = manages && (viewer.kind === 'OPERATOR' || viewer.role === 'OWNER');
  const changes = (id: string) => reach.whole || reach.projects.some((project) => project.id === id);
  const close = () => setOpen(null);
  return (
    <>
      <div className={styles.bar}>
        <p>{t('projects.about')}</p>
        {manages && (
          <Button look="primary" onClick={() => setOpen({ kind: 'new' })}>
            <PlusIcon /> {t('projects.new')}
          </Button>
        )}
      </div>
      <Deletions />
      {projects.length === 0 ? (
        <Card>
          <Empty title={t('projects.none')}>
            <p>{t('projects.noneText')}</p>
          </Empty>
        </Card>
      ) : (
        <Table
          label={t('tab.projects')}
          columns={[t('projects.name'), t('projects.profile'), t('projects.id'), t('projects.created'), '']}
        >
          {projects.map((project) => {
            const { id, name, profile, externalId, createdAt } = project;
            return (
              <tr key={id}>
                <th scope="row" dir="auto">
                  {name}
                </th>
                <td>
                  <Badge plain tone="accent">
                    {profileTexts[profile].name}
                  </Badge>
                </td>
                <td>
                  <code className={styles.id}>{id}</code>
                  {externalId && (
                    <div className="muted">
                      {t('projects.external')} <code>{externalId}</code>
                    </div>
                  )}
                </td>
                <td>
                  <Ago time={createdAt} />
                </td>
                <td className={styles.end}>
                  {changes(id) && (
                    <Button
                      small
                      aria-label={t('projects.changeOf', { name })}
                      onClick={() => setOpen({ kind: 'change', project })}
                    >
                      {t('projects.change')}
                    </Button>
                  )}{' '}
                  {deletes && (
                    <Button
                      small
                      aria-label={t('projects.deleteOf', { name })}
                      onClick={() => setOpen({ kind: 'delete', project })}
                    >
                      {t('projects.delete')}
                    </Button>
                  )}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      {open?.kind === 'new' && <ProjectForm onClose={close} />}
      {open?.kind === 'change' && <ProjectForm project={open.project} onClose={close} />}
      {open?.kind === 'delete' && (
        <DeleteDialog
          title={t('projects.deleteTitle', { name: open.project.name })}
          action={t('projects.deleteAction')}
          name={open.project.name}
          onDelete={(name) => client.projects.delete(open.project.id, { name })}
          onBegun={(deletion) => {
            setSearch(
              (now) => {
                now.set('deletion', deletion.id);
                // A project that is gone is no scope any more.
                if (now.get('project') === open.project.id) now.delete('project');
                return now;
              },
              { replace: true },
            );
            void queries.invalidateQueries({ queryKey: ['projects'] });
            void queries.invalidateQueries({ queryKey: ['deletions'] });
          }}
          onClose={close}
        >
          {t('projects.deleteText')}
        </DeleteDialog>
      )}
    </>
  );
}

/**
 * The deletion in the address, and those that are under way: whoever leaves and comes back finds them by the audit log.
 */
function Deletions() {
  const { client } = useSession();
  const { organization, may } = useScope();
  const [search] = useSearchParams();
  const named = search.get('deletion');
  const running = useQuery({
    queryKey: ['deletions', organization.id],
    queryFn: async ({ signal }) => {
      const { items } = await client.audit
        .list({ organizationId: organization.id, actions: ['PROJECT_DELETED'], signal })
        .page({ first: 10 });
      const ids = items.flatMap(({ after }) => deletionIdOf(after) ?? []);
      const found = await Promise.all(ids.map((id) => client.deletions.get(id, { signal }).catch(() => null)));
      return found.flatMap((deletion) => (deletion && deletion.state !== 'FINISHED' ? [deletion.id] : []));
    },
    enabled: may('AUDIT_READ') && may('ORGANIZATION_MANAGE'),
    staleTime: 60_000,
  });
  const ids = [...new Set([...(named ? [named] : []), ...(running.data ?? [])])];
  return ids.map((id) => <DeletionProgress key={id} id={id} />);
}

/** Makes a project, or changes one: its profile is chosen once. */
function ProjectForm({ project, onClose }: { readonly project?: Project; onClose(): void }) {
  const { client } = useSession();
  const { organization } = useScope();
  const queries = useQueryClient();
  const t = useWords('settings');
  const [name, setName] = useState(project?.name ?? '');
  const [externalId, setExternalId] = useState(project?.externalId ?? '');
  const [profile, setProfile] = useState<Profile>('STANDARD');
  const own = externalId.trim();
  return (
    <FormDialog
      title={project ? t('projects.changeTitle', { name: project.name }) : t('projects.new')}
      action={project ? t('projects.save') : t('projects.create')}
      onSubmit={async () => {
        if (project) await client.projects.update(project.id, { name, externalId: own || null });
        else {
          const organizationId = organization.id;
          await client.projects.create({ organizationId, name, profile, ...(own && { externalId: own }) });
        }
        await queries.invalidateQueries({ queryKey: ['projects'] });
      }}
      onClose={onClose}
    >
      <TextField
        name="name"
        label={t('projects.name')}
        dir="auto"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {!project && (
        <SelectField
          label={t('projects.profile')}
          hint={profileHint(profile)}
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
      )}
      <TextField
        name="externalId"
        label={t('projects.externalId')}
        hint={t('projects.externalHint')}
        optional
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
      />
    </FormDialog>
  );
}

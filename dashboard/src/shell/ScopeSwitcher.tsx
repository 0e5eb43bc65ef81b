import { useId } from 'react';
import controls from '../design/controls.module.css';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { type Scope, scopePath, useOrganizations } from './scope.tsx';
import styles from './shell.module.css';

interface SwitcherProps {
  readonly scope: Scope;
  readonly page: string;
  go(path: string): void;
}

/** Chooses the organization and the project of the pages. Where there is no choice, it says which ones they are. */
export function ScopeSwitcher({ scope, page, go }: SwitcherProps) {
  return (
    <div className={styles.scope}>
      <OrganizationChoice scope={scope} page={page} go={go} />
      <ProjectChoice scope={scope} page={page} go={go} />
    </div>
  );
}

function OrganizationChoice({ scope: { organization }, page, go }: SwitcherProps) {
  const { viewer, portal } = useSession();
  const t = useWords('common');
  const organizations = useOrganizations();
  const id = useId();
  const operates = viewer.kind === 'OPERATOR';
  const listed = organizations.data ?? [];
  // A customer's link shows nothing of whose customer they are.
  if (portal) return null;
  if (listed.length < 2 && !operates) return <Only label={t('frame.organization')} name={organization.name} />;
  const choices = listed.some((each) => each.id === organization.id) ? listed : [organization, ...listed];
  return (
    <div>
      <label htmlFor={id}>{t('frame.organization')}</label>
      <select
        id={id}
        className={controls.input}
        value={organization.id}
        onChange={(event) =>
          go(event.target.value.startsWith('/') ? event.target.value : scopePath(event.target.value, page))
        }
      >
        {choices.map(({ id: value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        {operates && <option value="/tenants">{t('frame.allTenants')}</option>}
        {operates && <option value="/new">{t('frame.newOrganization')}</option>}
      </select>
    </div>
  );
}

function ProjectChoice({ scope: { organization, project, projects }, page, go }: SwitcherProps) {
  const { viewer } = useSession();
  const t = useWords('common');
  const id = useId();
  if (viewer.project) return <Only label={t('frame.project')} name={project?.name ?? viewer.project.name} />;
  return (
    <div>
      <label htmlFor={id}>{t('frame.project')}</label>
      <select
        id={id}
        className={controls.input}
        value={project?.id ?? ''}
        onChange={(event) => go(scopePath(organization.id, page, event.target.value))}
      >
        <option value="">{t('frame.allProjects')}</option>
        {projects.map(({ id: value, name }) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Only({ label, name }: { readonly label: string; readonly name: string }) {
  return (
    <div className={styles.only}>
      <span>{label}</span>
      <b dir="auto" title={name}>
        {name}
      </b>
    </div>
  );
}

import { useId } from 'react';
import controls from '../design/controls.module.css';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { scopePath, useOrganizations, useScope } from './scope.tsx';
import styles from './shell.module.css';

/** Chooses the organization and the project of the pages. */
export function ScopeSwitcher({ page, go }: { readonly page: string; go(path: string): void }) {
  const { viewer } = useSession();
  const { organization, project, projects } = useScope();
  const organizations = useOrganizations();
  const t = useWords('common');
  const id = useId();
  const creates = viewer.kind === 'OPERATOR';
  const choices = organizations.data ?? [organization];
  return (
    <div className={styles.scope}>
      <div>
        <label htmlFor={`${id}-organization`}>{t('frame.organization')}</label>
        <select
          id={`${id}-organization`}
          className={controls.input}
          value={organization.id}
          disabled={choices.length < 2 && !creates}
          onChange={(event) => go(event.target.value === '' ? '/new' : scopePath(event.target.value, page))}
        >
          {choices.map(({ id: value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
          {creates && <option value="">{t('frame.newOrganization')}</option>}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-project`}>{t('frame.project')}</label>
        <select
          id={`${id}-project`}
          className={controls.input}
          value={project?.id ?? ''}
          disabled={viewer.project !== null}
          onChange={(event) => go(scopePath(organization.id, page, event.target.value))}
        >
          {viewer.project === null && <option value="">{t('frame.allProjects')}</option>}
          {(projects.length > 0 ? projects : project ? [project] : []).map(({ id: value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

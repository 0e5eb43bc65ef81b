import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { SelectField } from '../../design/Field.tsx';
import { Card, Empty, Failure, Loading } from '../../design/Surfaces.tsx';
import { useSession } from '../../session/session.tsx';
import { useReach } from '../../shell/reach.ts';
import { useScope } from '../../shell/scope.tsx';
import { useWords } from '../../words/words.ts';
import settings from '../settings.module.css';
import { AppearanceForm } from './AppearanceForm.tsx';

/** How the portals of projects look. */
export default function AppearanceTab() {
  const { client } = useSession();
  const { project: here } = useScope();
  const { projects } = useReach('ORGANIZATION_MANAGE');
  const t = useWords('portal');
  const [chosen, setChosen] = useState<string>();
  const project = here ?? projects.find(({ id }) => id === chosen) ?? projects[0];
  const queryKey = ['portalTheme', project?.id];
  const theme = useQuery({
    queryKey,
    queryFn: ({ signal }) => client.projects.portalTheme(project?.id ?? '', { signal }),
    enabled: project !== undefined,
    // What somebody edits must not be replaced under their hands.
    refetchOnWindowFocus: false,
  });
  if (!project) {
    return (
      <Card>
        <Empty title={t('none')}>
          <p>{t('noneHint')}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <div className={settings.bar}>
        <p>{t('intro')}</p>
        {!here && (
          <SelectField
            label={t('common:frame.project')}
            value={project.id}
            onChange={(event) => setChosen(event.target.value)}
          >
            {projects.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
        )}
      </div>
      {theme.isPending && <Loading rows={3} height="12rem" />}
      {theme.isError && <Failure error={theme.error} retry={() => void theme.refetch()} />}
      {theme.data !== undefined && (
        <AppearanceForm key={project.id} project={project} theme={theme.data} queryKey={queryKey} />
      )}
    </>
  );
}

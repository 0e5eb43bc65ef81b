import { useLocation } from 'wouter';
import { PageBoundary } from '../shell/PageBoundary.tsx';
import { installationPlaces } from '../shell/places.tsx';
import { Shell } from '../shell/Shell.tsx';
import { useWords } from '../words/words.ts';
import { forgetPage, LazyPage } from './LazyPage.tsx';
import { LazyPalette } from './LazyPalette.tsx';

/** The operator's pages about all tenants together. */
export function Installation() {
  const t = useWords('common');
  const [, navigate] = useLocation();
  const title = t('places.tenants');
  return (
    <Shell page="tenants" id={undefined} places={installationPlaces} go={navigate} palette={LazyPalette}>
      <PageBoundary title={title} onRetry={() => forgetPage('tenants')}>
        <LazyPage page="tenants" id={undefined} title={title} />
      </PageBoundary>
    </Shell>
  );
}

import { EventTypesTab } from '../settings/EventTypesTab.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useWords } from '../words/words.ts';

/** The event types of the scope. */
export default function CataloguePage() {
  const t = useWords('catalogue');
  return (
    <>
      <PageHead title={t('common:places.catalogue')} />
      <EventTypesTab />
    </>
  );
}

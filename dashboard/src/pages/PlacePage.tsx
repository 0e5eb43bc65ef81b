import type { Permission } from '@everhook/sdk';
import { AlertIcon } from '../design/icons.tsx';
import { Card, Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { missingFor, type Place } from '../shell/places.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { listText } from '../words/formats.ts';
import { useWords } from '../words/words.ts';
import { hasPage, LazyPage } from './LazyPage.tsx';

interface PlaceProps {
  readonly place: Place | undefined;
  /** Of one of its items. */
  readonly id: string | undefined;
}

/** A page of the navigation, or the reason why it is not available. */
export function PlacePage({ place, id }: PlaceProps) {
  const { may } = useScope();
  const t = useWords('common');
  if (!place || !hasPage(place.page, id)) {
    return (
      <>
        <PageHead title={t('pages.notFound')} />
        <Card>
          <Empty title={t('pages.noSuchPage')}>
            <p>{t('pages.choose')}</p>
          </Empty>
        </Card>
      </>
    );
  }
  const missing = missingFor(place, may);
  const title = t(`places.${place.page}`);
  if (missing.length > 0) return <ClosedPage title={title} missing={missing} />;
  return <LazyPage page={place.page} id={id} title={title} />;
}

interface ClosedProps {
  readonly title: string;
  /** The missing permission. */
  readonly missing: readonly Permission[];
}

/** Shown in place of a page that the viewer may not see; an empty page would seem to load for ever. */
export function ClosedPage({ title, missing }: ClosedProps) {
  const { portal, viewer } = useSession();
  const t = useWords('common');
  const texts = missing.map((permission) => t('quoted', { text: t(`permissions.${permission}`) }));
  const permissions = listText(texts);
  const who = portal ? 'link' : viewer.kind === 'USER' ? 'members' : 'key';
  return (
    <>
      <PageHead title={title} />
      <Card>
        <Empty icon={<AlertIcon />} title={t('pages.closed')}>
          <p>{t(`pages.takes_${who}`, { permissions })}</p>
        </Empty>
      </Card>
    </>
  );
}

import type { Permission } from '@everhook/sdk';
import { DeliveriesPage } from '../deliveries/DeliveriesPage.tsx';
import { AlertIcon } from '../design/icons.tsx';
import { Card, Empty } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { permissionTexts } from '../settings/permissionTexts.ts';
import type { Place } from '../shell/places.tsx';
import { PageHead } from '../shell/Shell.tsx';
import { useScope } from '../shell/scope.tsx';
import { WebhooksPage } from '../webhooks/WebhooksPage.tsx';
import { LazyPage } from './LazyPage.tsx';

/** A page of the navigation, or the reason why it is not available. */
export function PlacePage({ place }: { readonly place: Place | undefined }) {
  const { may } = useScope();
  if (!place) {
    return (
      <>
        <PageHead title="Not found" />
        <Card>
          <Empty title="There is no such page">
            <p>Choose one from the navigation.</p>
          </Empty>
        </Card>
      </>
    );
  }
  const missing = place.needs.filter((permission) => !may(permission));
  if (missing.length > 0) return <ClosedPage title={place.label} missing={missing} />;
  if (place.page === 'webhooks') return <WebhooksPage />;
  if (place.page === 'deliveries') return <DeliveriesPage />;
  return <LazyPage page={place.page} />;
}

interface ClosedProps {
  readonly title: string;
  /** The missing permission. */
  readonly missing: readonly Permission[];
}

/** Shown in place of a page that the viewer may not see; an empty page would seem to load for ever. */
export function ClosedPage({ title, missing }: ClosedProps) {
  const { portal, viewer } = useSession();
  const texts = missing.map((permission) => `“${permissionTexts[permission]}”`).join(' and ');
  const who = portal ? 'gave you the link' : viewer.kind === 'USER' ? 'manages the members' : 'made your key';
  return (
    <>
      <PageHead title={title} />
      <Card>
        <Empty icon={<AlertIcon />} title="This page is not open to you">
          <p>
            It takes {texts}. Ask whoever {who}.
          </p>
        </Empty>
      </Card>
    </>
  );
}

import { Redirect, useLocation, useSearchParams } from 'wouter';
import { Loading } from '../design/Surfaces.tsx';
import { useLook } from '../look/look.ts';
import { isPassing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { FeedsOfPage } from '../shell/feeds.tsx';
import { LiveDeliveries } from '../shell/live.tsx';
import { Opening, OpeningFailed } from '../shell/Opening.tsx';
import { PageBoundary } from '../shell/PageBoundary.tsx';
import { landing, missingFor, placesFor } from '../shell/places.tsx';
import { PageHead, Shell } from '../shell/Shell.tsx';
import { type Scope, ScopeContext, scopePath, useOrganization, useProjects, useViewer } from '../shell/scope.tsx';
import { useWords } from '../words/words.ts';
import { forgetPage } from './LazyPage.tsx';
import { LazyPalette } from './LazyPalette.tsx';
import { ClosedPage, PlacePage } from './PlacePage.tsx';
import { opensOver } from './parts.ts';

interface ScopedProps {
  readonly organizationId: string;
  /** From the address; absent if the address leaves it open. */
  readonly page: string;
  /** From the address of one item of that page, such as a webhook. */
  readonly id: string | undefined;
}

/**
 * A page of an organization, or of one of its projects.
 *
 * Both are refetched now and then. If that fails for a passing reason, the known data stays: removing the page would
 * discard what somebody has typed there.
 */
export function Scoped({ organizationId, page, id }: ScopedProps) {
  // A drawer over the list is no other page: the list and its focus stay.
  const shownId = opensOver(page) ? undefined : id;
  const { viewer, portal } = useSession();
  const t = useWords('common');
  const look = useLook();
  const [search] = useSearchParams();
  const projectId = viewer.project?.id ?? search.get('project') ?? undefined;
  const here = useViewer(organizationId, projectId);
  const [, navigate] = useLocation();
  const found = useOrganization(organizationId);
  const projects = useProjects(organizationId);
  if (found.isPending) return <Opening />;
  // Another one is on its way: nothing is said of it yet.
  const organization = found.isPlaceholderData ? { ...found.data, id: organizationId, name: '…' } : found.data;
  if (!organization) {
    // Unknown to this viewer, as in an address from somebody else's session.
    if (!isPassing(found.error)) return <Redirect to="/" replace />;
    return <OpeningFailed error={found.error} retry={() => void found.refetch()} />;
  }
  if (projects.isPending || here.isPending) return <Opening />;
  if (projects.isLoadingError) return <OpeningFailed error={projects.error} retry={() => void projects.refetch()} />;
  if (here.isLoadingError || (here.isError && !isPassing(here.error))) {
    // For a project that is gone or not visible, go to its organization.
    return projectId === undefined || viewer.project || isPassing(here.error) ? (
      <OpeningFailed error={here.error} retry={() => void here.refetch()} />
    ) : (
      <Redirect to={scopePath(organizationId, page)} replace />
    );
  }

  const item = shownId === undefined ? page : `${page}/${encodeURIComponent(shownId)}`;
  const known = projects.isPlaceholderData ? [] : projects.data;
  const project = known.find(({ id }) => id === projectId) ?? viewer.project ?? null;
  const scope: Scope = {
    organization,
    projects: known,
    project,
    may: (permission) => here.data.permissions.includes(permission),
    filter: project ? { projectId: project.id } : { organizationId },
    path: (to) => scopePath(organizationId, to, project?.id),
  };
  const places = placesFor(portal).filter((place) => !look?.hides(place.page));
  const open = places.filter((each) => missingFor(each, scope.may).length === 0);
  const place = places.find((each) => each.page === page);
  const title = place ? t(`places.${place.page}`) : t('product');
  // While another organization or project is loading, the frame and its focus stay.
  const changing = found.isPlaceholderData || projects.isPlaceholderData || here.isPlaceholderData;
  const first = landing(open);
  if (page === '' && first && !changing) return <Redirect to={scope.path(first.page)} replace />;
  return (
    <ScopeContext value={scope}>
      <FeedsOfPage>
        <LiveDeliveries allowed={scope.may('WEBHOOK_READ')} filter={scope.filter}>
          <Shell page={page} id={shownId} places={open} go={navigate} palette={LazyPalette}>
            {changing ? (
              <>
                <PageHead title={title} />
                <Loading rows={3} height="15.2rem" />
              </>
            ) : (
              // Started work in one scope must not continue in another.
              <PageBoundary key={scope.path(item)} title={title} onRetry={() => forgetPage(page)}>
                {page === '' ? (
                  <ClosedPage title={title} missing={['WEBHOOK_READ']} />
                ) : (
                  <PlacePage place={place} id={id} />
                )}
              </PageBoundary>
            )}
          </Shell>
        </LiveDeliveries>
      </FeedsOfPage>
    </ScopeContext>
  );
}

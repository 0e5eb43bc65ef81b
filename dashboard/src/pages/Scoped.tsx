import { Redirect, useLocation, useSearchParams } from 'wouter';
import { Loading } from '../design/Surfaces.tsx';
import { isPassing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { LiveDeliveries } from '../shell/live.tsx';
import { Opening, OpeningFailed } from '../shell/Opening.tsx';
import { PageBoundary } from '../shell/PageBoundary.tsx';
import { landing, placesFor } from '../shell/places.tsx';
import { PageHead, Shell } from '../shell/Shell.tsx';
import { type Scope, ScopeContext, scopePath, useOrganizations, useProjects, useViewer } from '../shell/scope.tsx';
import { forgetPage } from './LazyPage.tsx';
import { ClosedPage, PlacePage } from './PlacePage.tsx';

interface ScopedProps {
  readonly organizationId: string;
  /** As the address names it; nothing where it leaves it open. */
  readonly page: string;
}

/**
 * A page of an organization, or of one of its projects.
 *
 * What is known of them is read anew now and then. Where that fails for a passing reason, what is known stays: a page that was
 * taken away would take with it what somebody has typed there.
 */
export function Scoped({ organizationId, page }: ScopedProps) {
  const { viewer, portal } = useSession();
  const [search] = useSearchParams();
  const projectId = viewer.project?.id ?? search.get('project') ?? undefined;
  const here = useViewer(organizationId, projectId);
  const [, navigate] = useLocation();
  const organizations = useOrganizations();
  const projects = useProjects(organizationId);
  if (organizations.isPending) return <Opening />;
  if (organizations.isLoadingError)
    return <OpeningFailed error={organizations.error} retry={() => void organizations.refetch()} />;
  const own = viewer.organization?.id === organizationId ? viewer.organization : undefined;
  const organization = organizations.data.find(({ id }) => id === organizationId) ?? own;
  // One that this viewer does not know, as in an address that outlived another's session.
  if (!organization) return <Redirect to="/" replace />;
  if (projects.isPending || here.isPending) return <Opening />;
  if (projects.isLoadingError) return <OpeningFailed error={projects.error} retry={() => void projects.refetch()} />;
  if (here.isLoadingError || (here.isError && !isPassing(here.error))) {
    // A project that is gone, or was never seen, leaves its organization.
    return projectId === undefined || viewer.project || isPassing(here.error) ? (
      <OpeningFailed error={here.error} retry={() => void here.refetch()} />
    ) : (
      <Redirect to={scopePath(organizationId, page)} replace />
    );
  }

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
  const places = placesFor(portal);
  const open = places.filter(({ needs }) => needs.every(scope.may));
  const place = places.find((each) => each.page === page);
  const title = place?.label ?? 'Everhook';
  // Of another organization or project not everything is known yet: the frame, and the focus in it, stays meanwhile.
  const changing = projects.isPlaceholderData || here.isPlaceholderData;
  const first = landing(open);
  if (page === '' && first && !changing) return <Redirect to={scope.path(first.page)} replace />;
  return (
    <ScopeContext value={scope}>
      <LiveDeliveries allowed={scope.may('WEBHOOK_READ')} filter={scope.filter}>
        <Shell page={page} places={open} go={navigate}>
          {changing ? (
            <>
              <PageHead title={title} />
              <Loading rows={3} height="15.2rem" />
            </>
          ) : (
            // What was begun in one scope is none of another's.
            <PageBoundary key={scope.path(page)} title={title} onRetry={() => forgetPage(page)}>
              {page === '' ? <ClosedPage title={title} missing={['WEBHOOK_READ']} /> : <PlacePage place={place} />}
            </PageBoundary>
          )}
        </Shell>
      </LiveDeliveries>
    </ScopeContext>
  );
}

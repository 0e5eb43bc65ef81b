import { Redirect, Route, Switch, useLocation, useSearchParams } from 'wouter';
import { DeliveriesPage } from '../deliveries/DeliveriesPage.tsx';
import { Card, Empty } from '../design/Surfaces.tsx';
import { isPassing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { WebhooksPage } from '../webhooks/WebhooksPage.tsx';
import { forgetPage, isLazyPage, LazyPage } from './LazyPage.tsx';
import { LiveDeliveries } from './live.tsx';
import { NewOrganization } from './NewOrganization.tsx';
import { Opening, OpeningFailed } from './Opening.tsx';
import { PageBoundary } from './PageBoundary.tsx';
import { PageHead, Shell } from './Shell.tsx';
import { type Scope, ScopeContext, scopePath, useOrganizations, useProjects, useViewer } from './scope.tsx';

export function Pages() {
  return (
    <Switch>
      <Route path="/o/:organizationId/:page?">
        {({ organizationId, page }) => <Scoped organizationId={organizationId} page={page ?? ''} />}
      </Route>
      <Route path="/new">
        <NewOrganization />
      </Route>
      <Route>
        <Home />
      </Route>
    </Switch>
  );
}

/** Leads to the only, or the newest, organization. */
function Home() {
  const { viewer } = useSession();
  const organizations = useOrganizations();
  if (viewer.organization)
    return <Redirect to={scopePath(viewer.organization.id, 'webhooks', viewer.project?.id)} replace />;
  if (organizations.isPending) return <Opening />;
  if (organizations.isError)
    return <OpeningFailed error={organizations.error} retry={() => void organizations.refetch()} />;
  const [first] = organizations.data;
  return first ? <Redirect to={scopePath(first.id, 'webhooks')} replace /> : <NewOrganization />;
}

function Scoped({ organizationId, page }: { readonly organizationId: string; readonly page: string }) {
  const { viewer } = useSession();
  const [search] = useSearchParams();
  const projectId = viewer.project?.id ?? search.get('project') ?? undefined;
  const here = useViewer(organizationId, projectId);
  const [, navigate] = useLocation();
  const organizations = useOrganizations();
  const projects = useProjects(organizationId);
  if (organizations.isPending || projects.isPending || here.isPending) return <Opening />;
  if (organizations.isError)
    return <OpeningFailed error={organizations.error} retry={() => void organizations.refetch()} />;
  if (projects.isError) return <OpeningFailed error={projects.error} retry={() => void projects.refetch()} />;
  // A project that is gone, or was never seen, leaves its organization.
  if (here.isError) {
    return projectId === undefined || viewer.project || isPassing(here.error) ? (
      <OpeningFailed error={here.error} retry={() => void here.refetch()} />
    ) : (
      <Redirect to={scopePath(organizationId, page)} replace />
    );
  }
  const organization = organizations.data.find(({ id }) => id === organizationId) ?? viewer.organization;
  if (!organization || organization.id !== organizationId) return <Redirect to="/" replace />;

  const project = projects.data.find(({ id }) => id === projectId) ?? viewer.project ?? null;
  const scope: Scope = {
    organization,
    projects: projects.data,
    project,
    may: (permission) => here.data.permissions.includes(permission),
    filter: project ? { projectId: project.id } : { organizationId },
    path: (to) => scopePath(organizationId, to, project?.id),
  };
  return (
    <ScopeContext value={scope}>
      <LiveDeliveries allowed={scope.may('WEBHOOK_READ')} filter={scope.filter}>
        <Shell page={page} go={navigate}>
          <PageBoundary key={page} title={titleOf(page)} onRetry={() => forgetPage(page)}>
            <Page page={page} />
          </PageBoundary>
        </Shell>
      </LiveDeliveries>
    </ScopeContext>
  );
}

const titleOf = (page: string): string => `${page.charAt(0).toUpperCase()}${page.slice(1)}`;

function Page({ page }: { readonly page: string }) {
  switch (page) {
    case 'webhooks':
      return <WebhooksPage />;
    case 'deliveries':
      return <DeliveriesPage />;
    default:
      if (isLazyPage(page)) return <LazyPage page={page} />;
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
}

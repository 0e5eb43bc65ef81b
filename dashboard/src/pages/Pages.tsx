import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { useSession } from '../session/session.tsx';
import { NewOrganization } from '../shell/NewOrganization.tsx';
import { NoOrganization } from '../shell/NoOrganization.tsx';
import { Opening, OpeningFailed } from '../shell/Opening.tsx';
import { scopePath, useOrganizations } from '../shell/scope.tsx';
import { Installation } from './Installation.tsx';
import { deletion } from './parts.ts';
import { Scoped } from './Scoped.tsx';

/** Outside of the organizations: it stays when they are gone. */
const DeletionPage = lazy(deletion);

/** A type, not an interface: the router takes no other. */
type ScopedParams = { readonly organizationId: string; readonly page?: string; readonly id?: string };

export function Pages() {
  const { viewer } = useSession();
  return (
    <Switch>
      <Route<ScopedParams> path="/o/:organizationId/:page?/:id?">
        {({ organizationId, page, id }) => <Scoped organizationId={organizationId} page={page ?? ''} id={id} />}
      </Route>
      <Route<{ readonly id: string }> path="/deletions/:id">
        {({ id }) => (
          <Suspense fallback={<Opening />}>
            <DeletionPage id={id} />
          </Suspense>
        )}
      </Route>
      {viewer.kind === 'OPERATOR' && (
        <Route path="/new">
          <NewOrganization />
        </Route>
      )}
      {viewer.kind === 'OPERATOR' && (
        <Route path="/tenants">
          <Installation />
        </Route>
      )}
      <Route>
        <Home />
      </Route>
    </Switch>
  );
}

/** Redirects to the only organization, or the newest one; where the operator has several, to the list of them. */
function Home() {
  const { viewer } = useSession();
  const organizations = useOrganizations();
  if (viewer.organization) return <Redirect to={scopePath(viewer.organization.id, '', viewer.project?.id)} replace />;
  if (organizations.isPending) return <Opening />;
  if (organizations.isLoadingError)
    return <OpeningFailed error={organizations.error} retry={() => void organizations.refetch()} />;
  const [first, second] = organizations.data;
  if (second && viewer.kind === 'OPERATOR') return <Redirect to="/tenants" replace />;
  if (first) return <Redirect to={scopePath(first.id, '')} replace />;
  return viewer.kind === 'OPERATOR' ? <NewOrganization /> : <NoOrganization />;
}

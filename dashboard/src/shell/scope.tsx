import type { Organization, Permission, Project } from '@everhook/sdk';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { useSession } from '../session/session.tsx';

/** The subject of the pages: an organization, and one of its projects or all of them. */
export interface Scope {
  readonly organization: Organization;
  readonly projects: readonly Project[];
  readonly project: Project | null;
  /** In the form of the SDK's filters. */
  readonly filter: { readonly organizationId: string } | { readonly projectId: string };
  /** Whether the viewer may do this here; actions that they may not do are not offered. */
  may(permission: Permission): boolean;
  /** A page's path within this scope. */
  path(page: string): string;
}

export const ScopeContext = createContext<Scope | null>(null);

/** The same where there may be none, as on the list of tenants. */
export const useMaybeScope = (): Scope | null => useContext(ScopeContext);

export function useScope(): Scope {
  const scope = useMaybeScope();
  if (!scope) throw new Error('There is no scope here.');
  return scope;
}

export { scopePath } from './scopePath.ts';

/** Projects to choose from: beyond this, a list does not help to find one. */
const maxChoices = 2_000;

async function upTo<Item>(maxItems: number, list: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of list) {
    items.push(item);
    if (items.length === maxItems) break;
  }
  return items;
}

/** The newest organizations of those that the viewer may see: enough to choose from, or to see that there are many. */
export function useOrganizations() {
  const { client } = useSession();
  return useQuery({
    queryKey: ['organizations'],
    queryFn: async ({ signal }) => (await client.organizations.list({ signal }).page({ first: 100 })).items,
    staleTime: 60_000,
  });
}

/** One organization. Whoever belongs to it, or has just chosen it from the list, knows it already. */
export function useOrganization(organizationId: string) {
  const { client, viewer } = useSession();
  const queries = useQueryClient();
  const known = () =>
    viewer.organization?.id === organizationId
      ? viewer.organization
      : queries.getQueryData<readonly Organization[]>(['organizations'])?.find(({ id }) => id === organizationId);
  return useQuery({
    queryKey: ['organization', organizationId],
    queryFn: ({ signal }) => client.organizations.get(organizationId, { signal }),
    staleTime: 60_000,
    initialData: known,
    placeholderData: keepPreviousData,
  });
}

/** The viewer's permissions within a scope: the same user may do more in one project than in another. */
export function useViewer(organizationId: string, projectId: string | undefined) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['viewer', organizationId, projectId],
    queryFn: ({ signal }) => client.viewer({ organizationId, projectId, signal }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useProjects(organizationId: string | undefined) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['projects', organizationId],
    queryFn: ({ signal }) => upTo(maxChoices, client.projects.list({ organizationId, signal })),
    enabled: organizationId !== undefined,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

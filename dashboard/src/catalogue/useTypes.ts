import type { EventType } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { isEverhooksOwn } from '../webhooks/ownTypes.ts';

/** Everything that events may be here: of the project, or of the organization with all of its projects. */
export function useTypes({ archived = false }: { readonly archived?: boolean | null } = {}) {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['eventTypes', 'here', filter, archived],
    queryFn: async ({ signal }) =>
      once(await client.eventTypes.list({ ...filter, ofProjects: !('projectId' in filter), archived, signal })),
    staleTime: 60_000,
  });
}

/** The types that may be published in a project, or for the whole organization. */
export function usePublishable(target: { readonly projectId: string } | { readonly organizationId: string } | null) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['eventTypes', 'publishable', target],
    queryFn: async ({ signal }) =>
      once(await client.eventTypes.list({ ...target, signal })).filter((type) => !isEverhooksOwn(type)),
    enabled: target !== null,
    staleTime: 60_000,
  });
}

/** A project's own type comes before its organization's of the same name: the first is the one that counts. */
const once = (types: readonly EventType[]): readonly EventType[] =>
  [
    ...new Map(types.toReversed().map((type) => [`${type.name} ${type.project?.id ?? ''}`, type])).values(),
  ].toReversed();

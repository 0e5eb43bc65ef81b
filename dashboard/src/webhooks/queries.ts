import type { EventType, Webhook } from '@everhook/sdk';
import { type QueryClient, useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';

/** All webhooks of the scope: few enough to be loaded whole. */
export function useWebhooks() {
  const { client } = useSession();
  const { filter, may } = useScope();
  return useQuery({
    queryKey: ['webhooks', filter],
    queryFn: async ({ signal }) => {
      const webhooks: Webhook[] = [];
      for await (const webhook of client.webhooks.list({ ...filter, signal })) webhooks.push(webhook);
      return webhooks;
    },
    enabled: may('WEBHOOK_READ'),
  });
}

/** The event types of a project, or of the whole organization. */
export function useEventTypes(projectId: string | null, enabled = true) {
  const { client } = useSession();
  const { organization } = useScope();
  const scope = projectId === null ? { organizationId: organization.id } : { projectId };
  return useQuery({
    queryKey: ['eventTypes', scope],
    queryFn: ({ signal }) => client.eventTypes.list({ ...scope, signal }),
    staleTime: 60_000,
    enabled,
  });
}

/** Shows a webhook's new state before anything is refetched. */
export function putWebhook(queries: QueryClient, changed: Webhook): void {
  queries.setQueriesData<Webhook[]>({ queryKey: ['webhooks'] }, (webhooks) =>
    webhooks?.map((webhook) => (webhook.id === changed.id ? changed : webhook)),
  );
}

export interface TypeGroup {
  readonly category: string;
  readonly types: readonly EventType[];
}

/** Types by category, both in alphabetical order. A type without a category goes by the part before its dot. */
export function byCategory(types: readonly EventType[]): TypeGroup[] {
  const groups = new Map<string, EventType[]>();
  for (const type of types) {
    const category = type.category ?? type.name.slice(0, type.name.lastIndexOf('.'));
    const group = groups.get(category);
    if (group) group.push(type);
    else groups.set(category, [type]);
  }
  return [...groups]
    .map(([category, group]) => ({ category, types: group.sort((a, b) => a.name.localeCompare(b.name)) }))
    .sort((a, b) => a.category.localeCompare(b.category));
}

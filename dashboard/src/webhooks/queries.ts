import type { EventType, Webhook, WebhookDetail } from '@everhook/sdk';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';

/** Changes by others, which cause no event, show within this time. */
const othersMs = 15_000;
const fewWebhooks = 200;

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
    // What others change about them causes no event; thousands are read again at focus alone.
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) <= fewWebhooks ? othersMs : false),
  });
}

/** One webhook with what waits for it. It is read with every change of the list, because its key begins like the list's. */
export function useWebhookDetail(id: string) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => client.webhooks.get(id, { signal }),
    refetchInterval: othersMs,
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

/** What is kept under keys that begin with `webhooks`: lists, single ones, and what belongs to one. */
type Held = readonly Webhook[] | WebhookDetail | { readonly changes: unknown };

/** Shows a webhook's new state before anything is refetched. */
export function putWebhook(queries: QueryClient, changed: Webhook): void {
  queries.setQueriesData<Held>({ queryKey: ['webhooks'] }, (held) => {
    if (Array.isArray(held)) return held.map((webhook) => (webhook.id === changed.id ? changed : webhook));
    return held && 'id' in held && held.id === changed.id ? { ...held, ...changed } : held;
  });
}

/** Other tabs of this browser hear of a change at once. */
const channelName = 'everhook.webhooks';

/** Reads the webhooks again after a change of one, here and in the other tabs. */
export async function webhooksChanged(queries: QueryClient, id?: string): Promise<void> {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('changed');
  channel.close();
  if (id !== undefined) void queries.invalidateQueries({ queryKey: ['activity', id] });
  await queries.invalidateQueries({ queryKey: ['webhooks'] });
}

/** Reads the webhooks again when another tab has changed one. */
export function useOtherTabs(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const channel = new BroadcastChannel(channelName);
    channel.onmessage = () => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      void queries.invalidateQueries({ queryKey: ['activity'] });
    };
    return () => channel.close();
  }, [queries]);
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

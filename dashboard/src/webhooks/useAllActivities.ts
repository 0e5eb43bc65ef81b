import type { WebhookActivity } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';

const perCall = 100;
const none: ReadonlyMap<string, WebhookActivity> = new Map();

/** The activities of all webhooks, for an order that needs them: a hundred by each call, one call after the other. */
export function useAllActivities(ids: readonly string[], enabled: boolean): ReadonlyMap<string, WebhookActivity> {
  const { client } = useSession();
  const { data } = useQuery({
    queryKey: ['activity', 'all', ids],
    queryFn: async ({ signal }) => {
      const found = new Map<string, WebhookActivity>();
      for (let at = 0; at < ids.length; at += perCall) {
        for (const each of await client.webhooks.activity(ids.slice(at, at + perCall), { signal }))
          found.set(each.id, each);
      }
      return found;
    },
    enabled: enabled && ids.length > 0,
    staleTime: 60_000,
    // The rows keep their order while it is read again.
    placeholderData: (before) => before,
  });
  return data ?? none;
}

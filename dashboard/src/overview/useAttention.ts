import type { Everhook, Webhook, WebhookFilter } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';

/** The most that are shown: for more, there is the list of webhooks. */
const most = 20;

type Activity = Awaited<ReturnType<Everhook['webhooks']['activity']>>[number];

export interface Trouble {
  readonly webhook: Webhook;
  readonly missed: Activity['missedEvents'];
}

export interface Attention {
  /** The worst first: what is disabled, then what fails, then what is paused. */
  readonly troubles: readonly Trouble[];
  /** How many webhooks the scope has; `isAtLeast`: there are more. */
  readonly webhooks: { readonly count: number; readonly isAtLeast: boolean };
}

const rank = ({ health }: Webhook): number => (health === 'DISABLED' ? 0 : health === 'DEGRADED' ? 1 : 2);

/** The webhooks of the scope that need somebody. */
export function useAttention() {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['webhooks', filter, 'attention'],
    queryFn: async ({ signal }): Promise<Attention> => {
      const first = (count: number, which: Omit<WebhookFilter, 'signal'> = {}) =>
        client.webhooks.list({ ...filter, ...which, signal }).page({ first: count });
      const [all, ...unwell] = await Promise.all([
        first(100),
        first(most, { health: ['DISABLED'] }),
        first(most, { health: ['DEGRADED'] }),
        first(most, { paused: true }),
      ]);
      const known = new Map(unwell.flatMap(({ items }) => items).map((webhook) => [webhook.id, webhook]));
      const troubled = [...known.values()].sort((a, b) => rank(a) - rank(b)).slice(0, most);
      const activity = await client.webhooks.activity(
        troubled.map(({ id }) => id),
        { signal },
      );
      const missed = new Map(activity.map(({ id, missedEvents }) => [id, missedEvents]));
      return {
        troubles: troubled.map((webhook) => ({ webhook, missed: missed.get(webhook.id) ?? null })),
        webhooks: { count: all.items.length, isAtLeast: all.pageInfo.hasNextPage },
      };
    },
    refetchInterval: 15_000,
  });
}

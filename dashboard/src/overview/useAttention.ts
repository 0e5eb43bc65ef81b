import type { Everhook, Webhook } from '@everhook/sdk';
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
  /** How many webhooks the scope has at least. */
  readonly webhooks: number;
}

const rank = ({ health, pausedAt }: Webhook): number =>
  health === 'DISABLED' ? 0 : health === 'DEGRADED' ? 1 : pausedAt ? 2 : 3;

/** The webhooks of the scope that need somebody. */
export function useAttention() {
  const { client } = useSession();
  const { filter } = useScope();
  return useQuery({
    queryKey: ['webhooks', filter, 'attention'],
    queryFn: async ({ signal }): Promise<Attention> => {
      const [unwell, some] = await Promise.all([
        client.webhooks.list({ ...filter, health: ['DISABLED', 'DEGRADED'], signal }).page({ first: most }),
        client.webhooks.list({ ...filter, signal }).page({ first: 100 }),
      ]);
      const known = new Map([...unwell.items, ...some.items].map((webhook) => [webhook.id, webhook]));
      const troubled = [...known.values()].filter((webhook) => rank(webhook) < 3).slice(0, most);
      const activity = await client.webhooks.activity(
        troubled.map(({ id }) => id),
        { signal },
      );
      const missed = new Map(activity.map(({ id, missedEvents }) => [id, missedEvents]));
      return {
        troubles: troubled
          .map((webhook) => ({ webhook, missed: missed.get(webhook.id) ?? null }))
          .sort((a, b) => rank(a.webhook) - rank(b.webhook)),
        webhooks: known.size,
      };
    },
    refetchInterval: 15_000,
  });
}

import type { HealthChange } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';

const mostShown = 50;

/** The newest changes of a webhook's health. Its key begins like the webhooks', so that live changes read it again. */
export function useHealthHistory(id: string) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['webhooks', 'health', id],
    queryFn: async ({ signal }): Promise<{ readonly changes: readonly HealthChange[]; readonly hasMore: boolean }> => {
      const { items, pageInfo } = await client.webhooks.healthHistory(id, { signal }).page({ first: mostShown });
      return { changes: items, hasMore: pageInfo.hasNextPage };
    },
  });
}

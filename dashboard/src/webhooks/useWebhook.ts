import { NotFoundError } from '@everhook/sdk';
import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';
import { useWebhooks } from './queries.ts';

/** A webhook by its id, also if the current list omits it, such as the organization's in a project. */
export function useWebhook(id: string | null) {
  const { client } = useSession();
  const listed = useWebhooks();
  const known = listed.data?.find((webhook) => webhook.id === id);
  const asked = useQuery({
    queryKey: ['webhook', id],
    queryFn: ({ signal }) => client.webhooks.get(id ?? '', { signal }),
    enabled: id !== null && !listed.isPending && known === undefined,
    staleTime: 60_000,
  });
  return { webhook: known ?? asked.data, isGone: known === undefined && asked.error instanceof NotFoundError };
}

import { useQuery } from '@tanstack/react-query';
import { useSession } from '../session/session.tsx';

/** The event whose content is published once more, perhaps changed. */
export function useEventAgain(id: string | null) {
  const { client } = useSession();
  return useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => client.events.getText(id ?? '', { signal }),
    enabled: id !== null,
    staleTime: 60_000,
  });
}

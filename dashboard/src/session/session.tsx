import { Everhook, EverhookError, type Viewer } from '@everhook/sdk';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ComponentType, createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { apiUrl } from '../base.ts';

export interface Session {
  readonly client: Everhook;
  readonly viewer: Viewer;
  /** Whether this is a portal link's page. */
  readonly portal: boolean;
  signOut(): void;
  /** Ends the session if an error says that its key is no longer valid. Queries and mutations call it themselves. */
  handleAuthError(error: unknown): void;
}

export interface EntranceProps {
  /** Why the last session ended, if the user did not end it. */
  readonly notice: string | null;
  /** @throws EverhookError if the key is refused */
  enter(key: string): Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('There is no session here.');
  return session;
}

interface GateProps {
  readonly entrance: ComponentType<EntranceProps>;
  readonly portal: boolean;
  readonly children: ReactNode;
}

/**
 * Shows the sign-in until somebody has signed in.
 *
 * The key lives in this component's state and nowhere else: docs/decisions/0009-dashboard-sign-in.md says why.
 */
export function SessionGate({ entrance: Entrance, portal, children }: GateProps) {
  const [entered, setEntered] = useState<{ client: Everhook; viewer: Viewer } | null>(null);
  const [notice, setNotice] = useState<string | null>(null);

  const leave = useCallback((why: string | null) => {
    setEntered(null);
    setNotice(why);
  }, []);

  const enter = useCallback(async (key: string) => {
    const client = new Everhook({ url: apiUrl, apiKey: key, retries: 2 });
    const viewer = await client.viewer();
    setNotice(null);
    setEntered({ client, viewer });
  }, []);

  const handleAuthError = useCallback(
    (error: unknown) => {
      if (error instanceof EverhookError && error.code === 'UNAUTHENTICATED') {
        leave('You were signed out: the key has expired or was revoked.');
      }
    },
    [leave],
  );

  // One cache for each session: the next one sees nothing of it.
  const queries = useMemo(() => entered && newQueryClient(handleAuthError), [entered, handleAuthError]);

  const session = useMemo<Session | null>(
    () =>
      entered && {
        ...entered,
        portal,
        signOut: () => leave(null),
        handleAuthError,
      },
    [entered, portal, leave, handleAuthError],
  );

  if (!session || !queries) return <Entrance notice={notice} enter={enter} />;
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </SessionContext>
  );
}

function newQueryClient(onError: (error: unknown) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The SDK itself retries after passing failures.
      queries: { retry: false, staleTime: 5_000, refetchOnWindowFocus: true },
    },
  });
}

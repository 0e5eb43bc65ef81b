import { BrowserSession, Everhook, EverhookError, type SessionState, type Viewer } from '@everhook/sdk';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  type ComponentType,
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { apiUrl } from '../base.ts';
import { loadWords } from '../words/start.ts';
import { wordsOf } from '../words/words.ts';
import { OpeningSession } from './OpeningSession.tsx';
import { failureText, takeFailure } from './signInFailure.ts';
import { hearTabs, tellTabs } from './tabs.ts';

export interface Session {
  readonly client: Everhook;
  readonly viewer: Viewer;
  /** Whether this is a portal link's page. */
  readonly portal: boolean;
  /** The session of this browser; null in a portal, which has none. */
  readonly own: SessionState['session'];
  signOut(): void;
  /** Ends the session if an error says that it is no longer valid. Queries and mutations call it themselves. */
  handleAuthError(error: unknown): void;
}

export interface EntranceProps {
  /** Why the last session ended, if the user did not end it. */
  readonly notice: string | null;
  /** Why nobody can sign in here. */
  readonly refused: string | null;
  /** By whom one can sign in, beside keys. */
  readonly issuers: SessionState['issuers'];
  /** @throws EverhookError if the key is refused */
  enter(key: string): Promise<void>;
}

/** The session that all tabs of this browser share. */
const browser = new BrowserSession({ url: apiUrl });

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('There is no session here.');
  return session;
}

interface GateProps {
  readonly entrance: ComponentType<EntranceProps>;
  readonly children: ReactNode;
}

interface Entered {
  readonly client: Everhook;
  readonly viewer: Viewer;
  readonly own: SessionState['session'];
  /** The session that the pages began with. Whoever signs in anew, as in another tab, goes on in them. */
  readonly since: string;
}

const isSame = (one: Viewer, other: Viewer): boolean => one.kind === other.kind && one.id === other.id;

/** How one can sign in. */
type Ways = Pick<SessionState, 'refused' | 'issuers'>;

const noWays: Ways = { refused: null, issuers: [] };

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'failed'; readonly error: unknown }
  | ({ readonly is: 'out'; readonly notice: string | null } & Ways)
  | ({ readonly is: 'in' } & Entered);

/**
 * Shows the sign-in until somebody has signed in.
 *
 * The session is a cookie that no script reads: docs/decisions/0029-sessions.md says why. A portal has a gate of its own.
 */
export function SessionGate({ entrance: Entrance, children }: GateProps) {
  const [state, setState] = useState<State>({ is: 'opening' });
  const ways = useRef(noWays);
  /** The client of the session that is shown. */
  const here = useRef<Everhook | null>(null);
  const ownId = useRef<string | null>(null);

  const leave = useCallback((notice: string | null) => {
    here.current = null;
    ownId.current = null;
    setState({ is: 'out', notice, ...ways.current });
  }, []);

  /** The session that the browser has now, and how to get another. */
  const read = useCallback(async () => {
    const [{ refused, issuers, ...state }] = await Promise.all([browser.read(), loadWords('session')]);
    ways.current = { refused, issuers };
    return state;
  }, []);

  const enterWith = useCallback(async (own: SessionState['session']) => {
    const client = new Everhook({ url: apiUrl, credentials: 'same-origin', retries: 2 });
    const viewer = await client.viewer();
    here.current = client;
    ownId.current = own?.id ?? null;
    setState((before) => {
      const goesOn = before.is === 'in' && isSame(before.viewer, viewer);
      return { is: 'in', client, viewer, own, since: goesOn ? before.since : (own?.id ?? '') };
    });
  }, []);

  /** Takes up the session that the browser has, whoever's it is. */
  const resume = useCallback(async () => {
    try {
      const failed = takeFailure();
      const { session, ended } = await read();
      if (session !== null) return await enterWith(session);
      leave(failed ? failureText(failed, ways.current.issuers) : ended && wordsOf('session')(`ended.${ended}`));
    } catch (error) {
      setState({ is: 'failed', error });
    }
  }, [read, enterWith, leave]);

  useEffect(() => {
    void resume();
    return hearTabs((session) => {
      if (session === null) leave(wordsOf('session')('ended.SIGNED_OUT'));
      else if (session !== ownId.current) void resume();
    });
  }, [resume, leave]);

  const enter = useCallback(
    async (key: string) => {
      const { session } = await browser.open(key);
      await enterWith(session);
      tellTabs(session?.id ?? null);
    },
    [enterWith],
  );

  const signOut = useCallback(async () => {
    const t = wordsOf('session');
    try {
      const { issuer } = await browser.end();
      tellTabs(null);
      // There, one signs out as well, and comes back to here.
      if (issuer?.url) return location.assign(issuer.url);
      leave(issuer && t('keptByIssuer', { issuer: issuer.label }));
    } catch {
      leave(t('signOutFailed'));
    }
  }, [leave]);

  const asking = useRef<Everhook | null>(null);
  const handleAuthError = useCallback(
    async (error: unknown) => {
      const client = here.current;
      if (!(error instanceof EverhookError) || error.code !== 'UNAUTHENTICATED' || client === null) return;
      // Many calls fail at once, and some of them only when somebody else has signed in.
      if (asking.current === client) return;
      asking.current = client;
      try {
        const { session, ended } = await read();
        if (here.current !== client) return;
        if (session === null) leave(wordsOf('session')(`ended.${ended ?? 'ENDED'}`));
        else if (session.id !== ownId.current) await enterWith(session);
        // The call may have been one of the session before.
        else await client.viewer();
      } catch {
        if (here.current === client) leave(error.message);
      } finally {
        if (asking.current === client) asking.current = null;
      }
    },
    [read, leave, enterWith],
  );

  const entered = state.is === 'in' ? state : null;
  const since = entered?.since;
  const client = entered?.client;
  // One cache for each who signs in: the next one sees nothing of it.
  const queries = useMemo(
    () => (since === undefined ? null : newQueryClient(handleAuthError)),
    [since, handleAuthError],
  );
  const shown = useRef({ queries, client });
  useEffect(() => {
    const before = shown.current;
    shown.current = { queries, client };
    // What happened between two sessions was told to neither.
    if (queries && before.queries === queries && before.client !== client) void queries.invalidateQueries();
  }, [queries, client]);
  const session = useMemo<Session | null>(
    () => entered && { ...entered, portal: false, signOut, handleAuthError },
    [entered, signOut, handleAuthError],
  );

  if (state.is === 'opening' || state.is === 'failed') {
    const retry = () => {
      setState({ is: 'opening' });
      void resume();
    };
    return <OpeningSession error={state.is === 'failed' ? state.error : null} retry={retry} />;
  }
  if (state.is === 'out') {
    const { notice, refused, issuers } = state;
    return <Entrance notice={notice} refused={refused} issuers={issuers} enter={enter} />;
  }
  if (!session || !queries) return null;
  return (
    <SessionContext value={session}>
      {/* Queries stay with the cache that they began with: for another one, all of the page begins anew. */}
      <QueryClientProvider key={since} client={queries}>
        {children}
      </QueryClientProvider>
    </SessionContext>
  );
}

/** @param onError - called with the error of every query and change */
export function newQueryClient(onError: (error: unknown) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The SDK itself retries after passing failures.
      queries: { retry: false, staleTime: 5_000, refetchOnWindowFocus: true },
    },
  });
}

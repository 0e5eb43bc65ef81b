import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import styles from './shell.module.css';

/** Whether live updates arrive: now, not yet, not for a while, or not any more. Each is worse than the one before. */
export const feeds = ['live', 'connecting', 'lost', 'ended'] as const;
export type Feed = (typeof feeds)[number];

interface Standing {
  readonly feed: Feed;
  /** Why it ended. */
  readonly error?: unknown;
}

interface Feeds {
  /** Of the worst one. */
  readonly standing: Standing;
  /** Grows when those that have ended are to begin anew. */
  readonly round: number;
  /** Says how a feed is; null once nobody follows it. */
  tell(of: symbol, standing: Standing | null): void;
  restart(): void;
}

const FeedsContext = createContext<Feeds>({
  standing: { feed: 'connecting' },
  round: 0,
  tell: () => {},
  restart: () => {},
});

/** Knows how the live feeds of a page are. */
export function FeedsOfPage({ children }: { readonly children: ReactNode }) {
  const [told, setTold] = useState<ReadonlyMap<symbol, Standing>>(new Map());
  const [round, setRound] = useState(0);
  const acts = useMemo(
    () => ({
      tell: (of: symbol, standing: Standing | null) =>
        setTold((before) => {
          const now = new Map(before);
          if (standing) now.set(of, standing);
          else now.delete(of);
          return now;
        }),
      restart: () => setRound((before) => before + 1),
    }),
    [],
  );
  const value = useMemo(() => ({ standing: worstOf([...told.values()]), round, ...acts }), [told, round, acts]);
  return <FeedsContext value={value}>{children}</FeedsContext>;
}

function worstOf([first = { feed: 'connecting' }, ...others]: readonly Standing[]): Standing {
  return others.reduce((worst, each) => (feeds.indexOf(each.feed) > feeds.indexOf(worst.feed) ? each : worst), first);
}

/** How the worst of the page's feeds is. */
export const useLive = (): Feed => useContext(FeedsContext).standing.feed;

interface Following {
  readonly signal: AbortSignal;
  onConnection(connected: boolean): void;
  onMissed(): void;
}

/**
 * Follows a live feed while the component is there, and tells the page how it is: no feed ends in silence.
 *
 * @param key - names what is followed; null follows nothing
 * @param follow - follows it until the signal ends it, with these options of the SDK's watch
 * @param onBack - called when it is there again, with whether something may have happened that it will not report
 */
export function useFeed(
  key: string | null,
  follow: (options: Following) => Promise<void>,
  onBack: (missed: boolean) => void,
): void {
  const { client, handleAuthError } = useSession();
  const { tell, round } = useContext(FeedsContext);
  const followed = useEffectEvent(follow);
  const isBack = useEffectEvent(onBack);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another client, and another round, begin it anew
  useEffect(() => {
    if (key === null) return;
    const of = Symbol(key);
    const ending = new AbortController();
    const { signal } = ending;
    const say = (standing: Standing) => {
      if (!signal.aborted) tell(of, standing);
    };
    let lost = false;
    let missed = false;
    const onMissed = () => {
      missed = true;
    };
    const onConnection = (connected: boolean) => {
      if (signal.aborted) return;
      say({ feed: connected ? 'live' : 'lost' });
      if (connected && (lost || missed)) isBack(missed);
      lost = !connected;
      missed &&= !connected;
    };
    say({ feed: 'connecting' });
    keepFollowing(() => followed({ signal, onConnection, onMissed }), signal, onMissed).catch((error: unknown) => {
      handleAuthError(error);
      say({ feed: 'ended', error });
    });
    return () => {
      ending.abort();
      tell(of, null);
    };
  }, [key, client, round, tell, handleAuthError]);
}

/** Says why live updates have ended, and begins them anew. */
export function EndedFeeds() {
  const { standing, restart } = useContext(FeedsContext);
  const t = useWords('common');
  if (standing.feed !== 'ended') return null;
  return (
    <div role="status" className={styles.stale}>
      <Notice tone="warn">
        <div className={styles.outdated}>
          <span>{t('feedEnded', { why: messageOf(standing.error) })}</span>
          <Button small onClick={restart}>
            <RefreshIcon /> {t('tryAgain')}
          </Button>
        </div>
      </Notice>
    </div>
  );
}

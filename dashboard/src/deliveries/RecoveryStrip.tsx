import type { Recovery } from '@everhook/sdk';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../design/Button.tsx';
import { CloseIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useToast } from '../design/Toasts.tsx';
import { keepFollowing } from '../session/passing.ts';
import { useSession } from '../session/session.tsx';
import { useScope } from '../shell/scope.tsx';
import { language, useWords } from '../words/words.ts';
import styles from './deliveries.module.css';

/** How far the recovery in the address is: it is found again after a reload, and by whoever gets the link. */
export function RecoveryStrip() {
  const [search, setSearch] = useSearchParams();
  const id = search.get('recovery');
  if (!id) return null;
  const dismiss = () =>
    setSearch(
      (now) => {
        now.delete('recovery');
        return now;
      },
      { replace: true },
    );
  return <Progress key={id} id={id} onDismiss={dismiss} />;
}

function Progress({ id, onDismiss }: { readonly id: string; onDismiss(): void }) {
  const { client, handleAuthError } = useSession();
  const { may } = useScope();
  const t = useWords('deliveries');
  const toast = useToast();
  const [state, setState] = useState<Recovery | null>(null);
  const [problem, setProblem] = useState<string>();
  const [cancelling, setCancelling] = useState(false);

  useEffect(() => {
    const ending = new AbortController();
    const follow = async () => {
      for await (const now of client.recoveries.watch(id, { signal: ending.signal })) setState(now);
    };
    keepFollowing(follow, ending.signal).catch((error: unknown) => {
      handleAuthError(error);
      setProblem(messageOf(error));
    });
    return () => ending.abort();
  }, [client, handleAuthError, id]);

  const cancel = async () => {
    setCancelling(true);
    try {
      setState(await client.recoveries.cancel(id));
    } catch (error) {
      handleAuthError(error);
      toast(messageOf(error));
    } finally {
      setCancelling(false);
    }
  };

  const number = new Intl.NumberFormat(language());
  const running = state === null || state.state === 'RUNNING';
  const figures = state && {
    recovered: number.format(state.recovered),
    total: `${number.format(state.total)}${state.totalIsAtLeast ? '+' : ''}`,
    count: state.recovered,
  };
  return (
    <section className={styles.strip} aria-label={t('recover.progress')}>
      {problem ? (
        <Notice tone="warn">{t('recover.unknown', { problem })}</Notice>
      ) : (
        <>
          <progress
            className={styles.progress}
            aria-label={t('recover.progress')}
            max={Math.max(state?.total ?? 1, 1)}
            value={state ? (running ? state.recovered : Math.max(state.total, 1)) : 0}
          />
          <span role="status" className="number">
            {figures === null || state === null
              ? t('common:loading')
              : state.state === 'RUNNING'
                ? t('recover.running', figures)
                : state.state === 'FINISHED'
                  ? t('recover.finished', figures)
                  : t('recover.cancelled', { ...figures, reason: state.reason ?? '' })}
          </span>
        </>
      )}
      <span className={styles.gap} />
      {state?.state === 'RUNNING' && may('DELIVERY_REPLAY') && (
        <Button small disabled={cancelling} onClick={() => void cancel()}>
          {t('recover.cancel')}
        </Button>
      )}
      <Button small square look="quiet" aria-label={t('recover.dismiss')} onClick={onDismiss}>
        <CloseIcon />
      </Button>
    </section>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import styles from './shell.module.css';

/** Shown above older data that stays: it could not be refetched, with a way to retry. */
export function Outdated({ error, retry }: { readonly error: unknown; retry(): void }) {
  const t = useWords('common');
  const queries = useQueryClient();
  // Retries everything that failed.
  const tryAgain = () => {
    retry();
    void queries.refetchQueries({
      type: 'active',
      predicate: ({ state }) => state.status === 'error' && state.fetchStatus === 'idle',
    });
  };
  return (
    <div role="status" className={styles.stale}>
      <Notice tone="warn">
        <div className={styles.outdated}>
          <span>{t('outdated', { why: messageOf(error) })}</span>
          <Button small onClick={tryAgain}>
            <RefreshIcon /> {t('tryAgain')}
          </Button>
        </div>
      </Notice>
    </div>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import styles from './shell.module.css';

/** Shown above older data that stays: it could not be refetched, with a way to retry. */
export function Outdated({ error, retry }: { readonly error: unknown; retry(): void }) {
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
    <div role="status">
      <Notice tone="warn">
        <div className={styles.outdated}>
          <span>This could not be brought up to date: {messageOf(error)}</span>
          <Button small onClick={tryAgain}>
            <RefreshIcon /> Try again
          </Button>
        </div>
      </Notice>
    </div>
  );
}

import { Button } from '../design/Button.tsx';
import { RefreshIcon } from '../design/icons.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import styles from './shell.module.css';

/** Beside what was read before, which stays: that it could not be read anew, with the way to try. */
export function Outdated({ error, retry }: { readonly error: unknown; retry(): void }) {
  return (
    <div role="status">
      <Notice tone="warn">
        <div className={styles.outdated}>
          <span>This could not be brought up to date: {messageOf(error)}</span>
          <Button small onClick={retry}>
            <RefreshIcon /> Try again
          </Button>
        </div>
      </Notice>
    </div>
  );
}

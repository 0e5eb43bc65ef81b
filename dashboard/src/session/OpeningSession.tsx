import { Button } from '../design/Button.tsx';
import { AlertIcon, RefreshIcon } from '../design/icons.tsx';
import { Mark } from '../design/Mark.tsx';
import { Empty, messageOf } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import styles from './entrance.module.css';

interface OpeningSessionProps {
  /** Why it could not be opened; null while that is not known. */
  readonly error: unknown;
  retry(): void;
}

/** Shown while the server is asked whether the browser has a session. */
export function OpeningSession({ error, retry }: OpeningSessionProps) {
  const t = useWords('common');
  return (
    <main className={styles.page}>
      {error === null ? (
        <div className={styles.brand} role="status" aria-label={t('loading')}>
          <Mark />
        </div>
      ) : (
        <div>
          <h1 className="visually-hidden">{t('product')}</h1>
          <Empty icon={<AlertIcon />} title={t('notLoaded')}>
            <p role="alert">{messageOf(error)}</p>
            <Button look="primary" onClick={retry}>
              <RefreshIcon /> {t('tryAgain')}
            </Button>
          </Empty>
        </div>
      )}
    </main>
  );
}

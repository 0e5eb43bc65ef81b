import { Button } from '../design/Button.tsx';
import { Failure, Loading, Skeleton } from '../design/Surfaces.tsx';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';
import { Brand } from './Brand.tsx';
import styles from './shell.module.css';

/** The frame of every page while its content is not known yet. */
export function Opening() {
  return (
    <div className={styles.shell}>
      <div className={styles.top} />
      <div className={styles.side}>
        <div className={styles.brand}>
          <Brand />
        </div>
        <Skeleton height="7.4rem" />
        <Skeleton height="15rem" />
      </div>
      <main className={styles.main}>
        <div className={styles.pagehead}>
          <Skeleton height="1.75rem" width="9rem" />
        </div>
        <Loading rows={3} height="15.2rem" />
      </main>
    </div>
  );
}

/** Shown in its place if that fails. */
export function OpeningFailed({ error, retry }: { readonly error: unknown; retry(): void }) {
  const { portal, signOut } = useSession();
  const t = useWords('common');
  return (
    <main className={styles.main}>
      <Failure error={error} retry={retry}>
        {/* Another key may open what this one cannot; a portal link is all that its customer has. */}
        {!portal && <Button onClick={signOut}>{t('signOut')}</Button>}
      </Failure>
    </main>
  );
}

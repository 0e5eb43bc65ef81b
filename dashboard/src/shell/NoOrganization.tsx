import { Trans } from 'react-i18next';
import { Button } from '../design/Button.tsx';
import { Mark } from '../design/Mark.tsx';
import styles from '../session/entrance.module.css';
import { useSession } from '../session/session.tsx';
import { useWords } from '../words/words.ts';

/** For a user whom the identity provider knows, but who is a member of no organization. */
export function NoOrganization() {
  const { viewer, signOut } = useSession();
  const t = useWords('common');
  return (
    <main className={styles.page}>
      <div className={styles.panel}>
        <div className={styles.brand}>
          <Mark />
          <h1>{t('unknown.title')}</h1>
        </div>
        <p>
          <Trans t={t} i18nKey="unknown.text" values={{ id: viewer.id }} components={{ code: <code /> }} />
        </p>
        <Button onClick={signOut}>{t('signOut')}</Button>
      </div>
    </main>
  );
}

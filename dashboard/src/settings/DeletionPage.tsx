import { Link } from 'wouter';
import { PageHead } from '../shell/Shell.tsx';
import { useWords } from '../words/words.ts';
import { DeletionProgress } from './DeletionProgress.tsx';
import styles from './settings.module.css';

/** The deletion of an organization, by a link of its own: its pages are gone with it. */
export default function DeletionPage({ id }: { readonly id: string }) {
  const t = useWords('settings');
  return (
    <main id="main" tabIndex={-1} className={styles.alone}>
      <PageHead title={t('deletion.title')} />
      <DeletionProgress id={id} />
      <p>
        <Link href="/">{t('deletion.home')}</Link>
      </p>
    </main>
  );
}

import type { PortalTheme } from '@everhook/sdk';
import { useEffect } from 'react';
import { Button } from '../design/Button.tsx';
import { AlertIcon, RefreshIcon } from '../design/icons.tsx';
import { Empty, messageOf } from '../design/Surfaces.tsx';
import { useWords } from '../words/words.ts';
import styles from './portal.module.css';
import type { Closed } from './portalSession.ts';

/** Shown until it is known how the portal looks: nothing that would look like anybody's. */
export function PortalOpening({ look }: { readonly look: PortalTheme | null }) {
  const t = useWords('common');
  useEffect(() => {
    if (look?.title) document.title = look.title;
  }, [look]);
  return (
    <main className={look ? styles.page : undefined} aria-busy="true">
      <h1 className="visually-hidden" role="status">
        {t('portal.opening')}
      </h1>
    </main>
  );
}

interface ClosedProps {
  readonly why: Closed;
  readonly error: unknown;
  retry(): void;
}

/** Why the portal shows nothing. The installation's name is nowhere in it: its visitors know that of their own supplier. */
export function PortalClosed({ why, error, retry }: ClosedProps) {
  const t = useWords('common');
  const title = t(`portal.closed.${why}`);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <main className={styles.page}>
      <div>
        <h1 className="visually-hidden">{title}</h1>
        <Empty icon={<AlertIcon />} title={title}>
          <p role="alert">{why === 'failed' ? messageOf(error) : t(`portal.hints.${why}`)}</p>
          {why === 'failed' && (
            <Button look="primary" onClick={retry}>
              <RefreshIcon /> {t('tryAgain')}
            </Button>
          )}
        </Empty>
      </div>
    </main>
  );
}

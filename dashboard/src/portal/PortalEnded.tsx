import { useEffect, useRef } from 'react';
import { useWords } from '../words/words.ts';
import styles from './portal.module.css';

/**
 * Covers everything while a link that has ended is renewed. What lies behind is out of reach, dialogs too, and stays as it was: a
 * half-written form is there again with the new link.
 */
export function PortalEnded() {
  const t = useWords('common');
  const cover = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = cover.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={cover} className={styles.cover} onCancel={(event) => event.preventDefault()} aria-labelledby="ended">
      <div role="status">
        <h2 id="ended">{t('portal.renewing')}</h2>
        <p className="muted">{t('portal.renewingHint')}</p>
      </div>
    </dialog>
  );
}

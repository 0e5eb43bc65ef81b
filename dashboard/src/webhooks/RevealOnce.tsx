import { useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Confirm, Dialog } from '../design/Dialogs.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { language, useWords } from '../words/words.ts';
import styles from './webhooks.module.css';

interface RevealProps {
  readonly title: string;
  /** Values that are shown only this once, by their labels. */
  readonly values: Readonly<Record<string, string>>;
  readonly children?: React.ReactNode;
  onClose(): void;
}

/** Shows values that are never shown again, and does not close by accident. */
export function RevealOnce({ title, values, children, onClose }: RevealProps) {
  const t = useWords('webhooks');
  const [leaving, setLeaving] = useState(false);

  useEffect(() => {
    const { href } = location;
    const state: unknown = history.state;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    // Before the router handles it, go forward again and ask.
    const stay = (event: PopStateEvent) => {
      event.stopImmediatePropagation();
      history.pushState(state, '', href);
      setLeaving(true);
    };
    window.addEventListener('beforeunload', warn);
    window.addEventListener('popstate', stay, { capture: true });
    return () => {
      window.removeEventListener('beforeunload', warn);
      window.removeEventListener('popstate', stay, { capture: true });
    };
  }, []);

  return (
    <>
      <Dialog
        title={title}
        onClose={() => setLeaving(true)}
        footer={
          <Button look="primary" onClick={onClose}>
            {t('reveal.stored')}
          </Button>
        }
      >
        <div className={styles.form}>
          <Notice tone="warn">{t('reveal.warning')}</Notice>
          {Object.entries(values).map(([name, value]) => (
            <div key={name} className={styles.reveal}>
              <h3>{name}</h3>
              <div>
                <code>{value}</code>
                <CopyButton
                  text={value}
                  label={t('reveal.copy', { what: language() === 'en' ? name.toLowerCase() : name })}
                  square
                />
              </div>
            </div>
          ))}
          {children}
        </div>
      </Dialog>
      {leaving && (
        <Confirm
          title={t('reveal.leave')}
          action={t('reveal.leaveAction')}
          danger
          onConfirm={async () => onClose()}
          onClose={() => setLeaving(false)}
        >
          {t('reveal.lost')}
        </Confirm>
      )}
    </>
  );
}

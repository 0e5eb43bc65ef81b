import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Confirm, Dialog } from '../design/Dialogs.tsx';
import { Notice } from '../design/Surfaces.tsx';
import { language, useWords } from '../words/words.ts';
import styles from './webhooks.module.css';

/** Values that are shown only this once. */
export interface Reveal {
  readonly title: string;
  /** By their labels. */
  readonly values: Readonly<Record<string, string>>;
  readonly note?: ReactNode;
}

const RevealContext = createContext<(reveal: Reveal) => void>(() => {});

/**
 * Holds values that are shown only once above the pages: they stay until they are stored, even if the card, the page or
 * the session that they came from is gone.
 */
export function Reveals({ children }: { readonly children: ReactNode }) {
  const [waiting, setWaiting] = useState<readonly Reveal[]>([]);
  const reveal = useCallback((fresh: Reveal) => setWaiting((now) => [...now, fresh]), []);
  // It outlives the session, and with it the session's cache.
  const [queries] = useState(() => new QueryClient());
  const [shown] = waiting;
  return (
    <RevealContext value={reveal}>
      {children}
      {shown && (
        <QueryClientProvider client={queries}>
          <RevealOnce
            key={Object.values(shown.values).join()}
            reveal={shown}
            onClose={() => setWaiting((now) => now.slice(1))}
          />
        </QueryClientProvider>
      )}
    </RevealContext>
  );
}

/** Shows a value that is never shown again. */
export const useReveal = (): ((reveal: Reveal) => void) => useContext(RevealContext);

/** Shows values that are never shown again, and does not close by accident. */
function RevealOnce({ reveal: { title, values, note }, onClose }: { readonly reveal: Reveal; onClose(): void }) {
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
          {note}
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

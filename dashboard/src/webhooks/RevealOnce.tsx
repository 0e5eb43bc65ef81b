import { useEffect, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { CopyButton } from '../design/Copy.tsx';
import { Confirm, Dialog } from '../design/Dialogs.tsx';
import { Notice } from '../design/Surfaces.tsx';
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
            I have stored it
          </Button>
        }
      >
        <div className={styles.form}>
          <Notice tone="warn">This is shown once. Nobody, not even the operator, can show it again.</Notice>
          {Object.entries(values).map(([name, value]) => (
            <div key={name} className={styles.reveal}>
              <h3>{name}</h3>
              <div>
                <code>{value}</code>
                <CopyButton text={value} label={`Copy ${name.toLowerCase()}`} square />
              </div>
            </div>
          ))}
          {children}
        </div>
      </Dialog>
      {leaving && (
        <Confirm
          title="Leave without storing it?"
          action="Leave"
          danger
          onConfirm={async () => onClose()}
          onClose={() => setLeaving(false)}
        >
          It will not be shown again. If it is lost, a new one has to be made.
        </Confirm>
      )}
    </>
  );
}

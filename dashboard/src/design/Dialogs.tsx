import { AlertDialog, Dialog as RadixDialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from './Button.tsx';
import { CloseIcon } from './icons.tsx';
import { useReturnFocus } from './returnFocus.ts';
import { messageOf, Notice } from './Surfaces.tsx';
import styles from './surfaces.module.css';

interface DialogProps {
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  readonly shape?: 'dialog' | 'wide' | 'drawer';
  readonly footer?: ReactNode;
  /** Asked for by Escape, a click beside it, or its cross. */
  onClose(): void;
  readonly children: ReactNode;
}

export function Dialog({ title, subtitle, shape = 'dialog', footer, onClose, children }: DialogProps) {
  const returnFocus = useReturnFocus();
  const className =
    shape === 'drawer' ? styles.drawer : [styles.dialog, shape === 'wide' && styles.wide].filter(Boolean).join(' ');
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={styles.veil} />
        <RadixDialog.Content
          className={className}
          onCloseAutoFocus={returnFocus}
          {...(subtitle ? {} : { 'aria-describedby': undefined })}
        >
          <header className={styles.head}>
            <div>
              <RadixDialog.Title asChild>
                <h2>{title}</h2>
              </RadixDialog.Title>
              {subtitle && (
                <RadixDialog.Description asChild>
                  <div className="muted">{subtitle}</div>
                </RadixDialog.Description>
              )}
            </div>
            <RadixDialog.Close asChild>
              <Button square look="quiet" aria-label="Close">
                <CloseIcon />
              </Button>
            </RadixDialog.Close>
          </header>
          <div className={styles.body}>{children}</div>
          {footer && <footer className={styles.foot}>{footer}</footer>}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  readonly action: string;
  readonly danger?: boolean;
  onConfirm(): Promise<unknown>;
  /** After it was done. @default onClose */
  onDone?(): void;
  onClose(): void;
}

/** Asks before something that cannot be taken back; stays open, and says so, where it fails. */
export function Confirm({ title, children, action, danger, onConfirm, onClose, onDone = onClose }: ConfirmProps) {
  const returnFocus = useReturnFocus();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onDone();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && !busy && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={styles.veil} />
        <AlertDialog.Content className={styles.dialog} onCloseAutoFocus={returnFocus}>
          <header className={styles.head}>
            <AlertDialog.Title asChild>
              <h2>{title}</h2>
            </AlertDialog.Title>
          </header>
          <div className={styles.body}>
            <AlertDialog.Description asChild>
              <div>{children}</div>
            </AlertDialog.Description>
            {error !== undefined && <Notice tone="bad">{messageOf(error)}</Notice>}
          </div>
          <footer className={styles.foot}>
            <AlertDialog.Cancel asChild>
              <Button disabled={busy}>Cancel</Button>
            </AlertDialog.Cancel>
            <Button look={danger ? 'danger' : 'primary'} disabled={busy} onClick={confirm}>
              {action}
            </Button>
          </footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

import { useMutation } from '@tanstack/react-query';
import { AlertDialog, Dialog as RadixDialog } from 'radix-ui';
import type { ReactNode, RefObject } from 'react';
import { useWords } from '../words/words.ts';
import { Button } from './Button.tsx';
import { CloseIcon } from './icons.tsx';
import { messageOf, Notice } from './Surfaces.tsx';
import styles from './surfaces.module.css';
import { useFocusReturn } from './useFocusReturn.ts';

interface DialogProps {
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  readonly shape?: 'dialog' | 'wide' | 'drawer';
  readonly footer?: ReactNode;
  /** Holds user input: a click beside the dialog does not discard it. */
  readonly isForm?: boolean;
  /** The element with the initial focus. @default a form's first field, else the first control */
  readonly focus?: RefObject<HTMLElement | null>;
  /** Called for Escape, the cross, or a click beside it. */
  onClose(): void;
  readonly children: ReactNode;
}

export function Dialog({ title, subtitle, shape = 'dialog', footer, isForm, focus, onClose, children }: DialogProps) {
  const returnFocus = useFocusReturn();
  const t = useWords('common');
  const className =
    shape === 'drawer' ? styles.drawer : [styles.dialog, shape === 'wide' && styles.wide].filter(Boolean).join(' ');
  return (
    <RadixDialog.Root open onOpenChange={(open) => !open && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={styles.veil} />
        <RadixDialog.Content
          className={className}
          // Holds nothing that is lost when somebody goes elsewhere.
          data-leavable={shape === 'drawer' && !isForm}
          {...(subtitle ? {} : { 'aria-describedby': undefined })}
          onOpenAutoFocus={(event) => {
            // Who opens a form is about to fill it in: not the cross above it.
            const first = focus?.current ?? (isForm ? firstField(event.currentTarget) : null);
            if (!first) return;
            event.preventDefault();
            first.focus();
          }}
          onPointerDownOutside={(event) => isForm && event.preventDefault()}
          onCloseAutoFocus={returnFocus}
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
              <Button square look="quiet" aria-label={t('close')}>
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

const firstField = (dialog: EventTarget | null): HTMLElement | null =>
  dialog instanceof HTMLElement
    ? dialog.querySelector<HTMLElement>('form :is(input, select, textarea):not(:disabled, [type="hidden"])')
    : null;

interface ConfirmProps {
  readonly title: string;
  /** The consequences. */
  readonly children: ReactNode;
  readonly action: string;
  readonly danger?: boolean;
  onConfirm(): Promise<unknown>;
  /** Called after success. @default onClose */
  onDone?(): void;
  onClose(): void;
}

/** Asks before an action that cannot be undone; stays open and shows the error if it fails. */
export function Confirm({ title, children, action, danger, onConfirm, onClose, onDone = onClose }: ConfirmProps) {
  const returnFocus = useFocusReturn();
  const t = useWords('common');
  const deed = useMutation({ mutationFn: onConfirm, onSuccess: onDone });
  const busy = deed.isPending;
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
            {deed.isError && <Notice tone="bad">{messageOf(deed.error)}</Notice>}
          </div>
          <footer className={styles.foot}>
            <AlertDialog.Cancel asChild>
              <Button aria-disabled={busy}>{t('cancel')}</Button>
            </AlertDialog.Cancel>
            <Button look={danger ? 'danger' : 'primary'} aria-disabled={busy} onClick={() => !busy && deed.mutate()}>
              {action}
            </Button>
          </footer>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

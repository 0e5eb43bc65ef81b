import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import styles from './settings.module.css';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly wide?: boolean;
  /** Does it. What it throws is shown, and the form stays open. */
  onSubmit(): Promise<unknown>;
  onClose(): void;
  readonly children: ReactNode;
}

/** A short form in a dialog. */
export function FormDialog({ title, action, wide, onSubmit, onClose, children }: FormDialogProps) {
  const formId = useId();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await onSubmit();
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      shape={wide ? 'wide' : 'dialog'}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} look="primary" disabled={busy}>
            {action}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        {children}
        {problem && <Notice tone="bad">{problem}</Notice>}
      </form>
    </Dialog>
  );
}

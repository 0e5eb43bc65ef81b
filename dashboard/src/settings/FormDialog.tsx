import { type ReactNode, useId } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { FieldProblemContext } from '../design/FieldProblem.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
import { useSubmission } from '../design/useSubmission.ts';
import { useWords } from '../words/words.ts';
import styles from './settings.module.css';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly wide?: boolean;
  /** Cannot be undone. */
  readonly danger?: boolean;
  /** Submits the form. An error is shown at the control that it names, if there is one, and the form stays as it is. */
  onSubmit(): Promise<unknown>;
  onClose(): void;
  readonly children: ReactNode;
}

/** A short form in a dialog. */
export function FormDialog({ title, action, wide, danger, onSubmit, onClose, children }: FormDialogProps) {
  const t = useWords('common');
  const formId = useId();
  const { form, problem, error, isPending, submit } = useSubmission(onSubmit, onClose);
  return (
    <Dialog
      title={title}
      shape={wide ? 'wide' : 'dialog'}
      isForm
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={formId} look={danger ? 'danger' : 'primary'} aria-disabled={isPending}>
            {action}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} className={styles.form} onSubmit={submit} noValidate>
        <FieldProblemContext value={problem}>{children}</FieldProblemContext>
        {error && <Notice tone="bad">{messageOf(error)}</Notice>}
      </form>
    </Dialog>
  );
}

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { Button } from '../design/Button.tsx';
import { Dialog } from '../design/Dialogs.tsx';
import { type FieldProblem, FieldProblemContext, fieldProblemOf } from '../design/FieldProblem.tsx';
import { messageOf, Notice } from '../design/Surfaces.tsx';
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
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<FieldProblem | null>(null);
  const submission = useMutation({
    mutationFn: onSubmit,
    onMutate: () => setProblem(null),
    onSuccess: onClose,
    onError: (error) => {
      const found = form.current && fieldProblemOf(error, form.current);
      setProblem(found);
      const control = found && form.current?.elements.namedItem(found.name);
      if (control instanceof HTMLElement) control.focus();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!submission.isPending) submission.mutate();
  };
  return (
    <Dialog
      title={title}
      shape={wide ? 'wide' : 'dialog'}
      isForm
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" form={formId} look={danger ? 'danger' : 'primary'} aria-disabled={submission.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} className={styles.form} onSubmit={submit} noValidate>
        <FieldProblemContext value={problem}>{children}</FieldProblemContext>
        {submission.error && !problem && <Notice tone="bad">{messageOf(submission.error)}</Notice>}
      </form>
    </Dialog>
  );
}

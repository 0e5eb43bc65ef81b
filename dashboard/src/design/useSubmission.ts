import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type RefObject, useRef, useState } from 'react';
import { type FieldProblem, fieldProblemOf } from './FieldProblem.tsx';

interface Submission {
  /** Of the form whose controls show their errors. */
  readonly form: RefObject<HTMLFormElement | null>;
  /** The error of one control, for `FieldProblemContext`. */
  readonly problem: FieldProblem | null;
  /** The error of the form as a whole. */
  readonly error: Error | null;
  readonly isPending: boolean;
  /** The form's `onSubmit`. A second one while the first is under way does nothing. */
  submit(event: FormEvent): void;
  /** Takes the errors away, as once something was changed. */
  forget(): void;
}

/** Sends a form. An error is shown at the control that it names, which gets the focus, else at the form; what was typed stays. */
export function useSubmission<Result>(send: () => Promise<Result>, onSuccess: (result: Result) => void): Submission {
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<FieldProblem | null>(null);
  const sending = useMutation({
    mutationFn: send,
    onMutate: () => setProblem(null),
    onSuccess,
    onError: (error) => {
      const found = form.current && fieldProblemOf(error, form.current);
      setProblem(found);
      const control = found && form.current?.elements.namedItem(found.name);
      if (control instanceof HTMLElement) control.focus();
    },
  });
  return {
    form,
    problem,
    error: problem ? null : sending.error,
    isPending: sending.isPending,
    submit(event) {
      event.preventDefault();
      if (!sending.isPending) sending.mutate();
    },
    forget() {
      setProblem(null);
      if (sending.isError) sending.reset();
    },
  };
}

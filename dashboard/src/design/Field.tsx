import { type ComponentPropsWithRef, type ReactNode, useContext, useId } from 'react';
import { useWords } from '../words/words.ts';
import styles from './controls.module.css';
import { FieldProblemContext } from './FieldProblem.tsx';

interface FieldTexts {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly optional?: boolean;
}

interface FieldProps extends FieldTexts {
  /** The control's name: a form's error about it is shown here. */
  readonly name?: string | undefined;
  children(control: {
    id: string;
    className: string | undefined;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean;
  }): ReactNode;
}

/** A labelled control, with its hint and its error. */
export function Field({ label, hint, problem: given, optional, name, children }: FieldProps) {
  const t = useWords('common');
  const id = useId();
  const told = useContext(FieldProblemContext);
  const problem = given ?? (told !== null && told.name === name ? told.message : undefined);
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
        {optional && <span className={styles.optional}> {t('optional')}</span>}
      </label>
      {children({
        id,
        className: styles.input,
        'aria-describedby': described || undefined,
        'aria-invalid': problem !== undefined,
      })}
      {hint && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
      {problem && (
        <div id={`${id}-problem`} className={styles.problem} role="alert">
          {problem}
        </div>
      )}
    </div>
  );
}

export function TextField({ label, hint, problem, optional, ...rest }: FieldTexts & ComponentPropsWithRef<'input'>) {
  const texts = { label, hint, problem, name: rest.name, ...(optional && { optional }) };
  return <Field {...texts}>{(control) => <input {...control} {...rest} />}</Field>;
}

export function SelectField({ label, hint, problem, optional, ...rest }: FieldTexts & ComponentPropsWithRef<'select'>) {
  const texts = { label, hint, problem, name: rest.name, ...(optional && { optional }) };
  return <Field {...texts}>{(control) => <select {...control} {...rest} />}</Field>;
}

export function CodeField({ label, hint, problem, optional, ...rest }: FieldTexts & ComponentPropsWithRef<'textarea'>) {
  const texts = { label, hint, problem, name: rest.name, ...(optional && { optional }) };
  return (
    <Field {...texts}>
      {({ className, ...control }) => (
        <textarea {...control} className={`${className} ${styles.code}`} spellCheck={false} {...rest} />
      )}
    </Field>
  );
}

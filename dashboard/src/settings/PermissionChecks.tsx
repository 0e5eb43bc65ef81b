import { type Permission, ValidationError } from '@everhook/sdk';
import { useContext, useId } from 'react';
import controls from '../design/controls.module.css';
import { FieldProblemContext } from '../design/FieldProblem.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useScope } from '../shell/scope.tsx';
import { useWords, wordsOf } from '../words/words.ts';
import styles from './settings.module.css';

interface ChecksProps {
  /** Only those that the viewer has are offered: nobody can grant more than they have. */
  readonly of: readonly Permission[];
  /** Included with every other permission, which could show nothing without it. */
  readonly implied?: Permission;
  readonly chosen: readonly Permission[];
  onChange(chosen: readonly Permission[]): void;
}

/** A choice of permissions. */
export function PermissionChecks({ of, implied, chosen, onChange }: ChecksProps) {
  const { may } = useScope();
  const t = useWords('access');
  const problem = useContext(FieldProblemContext);
  const id = useId();
  const wrong = problem?.name === 'permissions';
  const offered = of.filter((permission) => may(permission));
  const comes = implied !== undefined && chosen.some((permission) => permission !== implied);
  return (
    <fieldset name="permissions" className={styles.checks} aria-describedby={wrong ? id : undefined}>
      <legend>{t('may')}</legend>
      {offered.map((permission) => (
        <Checkbox
          key={permission}
          checked={chosen.includes(permission) || (comes && permission === implied)}
          disabled={comes && permission === implied}
          onChange={(on) => onChange(on ? [...chosen, permission] : chosen.filter((each) => each !== permission))}
        >
          {t(`common:permissions.${permission}`)}
        </Checkbox>
      ))}
      {implied && offered.includes(implied) && (
        <p className={controls.hint}>{t('implied', { permission: t(`common:permissions.${implied}`) })}</p>
      )}
      {wrong && (
        <div id={id} className={controls.problem} role="alert">
          {problem.message}
        </div>
      )}
    </fieldset>
  );
}

/** The chosen permissions, with those that they include. */
export const withImplied = (chosen: readonly Permission[], implied: Permission): readonly Permission[] =>
  chosen.length === 0 ? chosen : [...new Set([implied, ...chosen])];

/** @throws ValidationError if nothing is chosen */
export function requireSome(chosen: readonly Permission[]): readonly Permission[] {
  if (chosen.length === 0) throw new ValidationError(wordsOf('access')('chooseSome'), { field: 'permissions' });
  return chosen;
}

import { type Permission, ValidationError } from '@everhook/sdk';
import { useContext, useId } from 'react';
import controls from '../design/controls.module.css';
import { FieldProblemContext } from '../design/FieldProblem.tsx';
import { Checkbox } from '../design/Toggles.tsx';
import { useScope } from '../shell/scope.tsx';
import { permissionTexts } from './permissionTexts.ts';
import styles from './settings.module.css';

interface ChecksProps {
  /** Those of them that the viewer has are offered: nobody gives more than they may themselves. */
  readonly of: readonly Permission[];
  readonly chosen: readonly Permission[];
  onChange(chosen: readonly Permission[]): void;
}

/** A choice of permissions. */
export function PermissionChecks({ of, chosen, onChange }: ChecksProps) {
  const { may } = useScope();
  const problem = useContext(FieldProblemContext);
  const id = useId();
  const wrong = problem?.name === 'permissions';
  return (
    <fieldset name="permissions" className={styles.checks} aria-describedby={wrong ? id : undefined}>
      <legend>May</legend>
      {of
        .filter((permission) => may(permission))
        .map((permission) => (
          <Checkbox
            key={permission}
            checked={chosen.includes(permission)}
            onChange={(on) => onChange(on ? [...chosen, permission] : chosen.filter((each) => each !== permission))}
          >
            {permissionTexts[permission]}
          </Checkbox>
        ))}
      {wrong && (
        <div id={id} className={controls.problem} role="alert">
          {problem.message}
        </div>
      )}
    </fieldset>
  );
}

/** @throws ValidationError where nothing is chosen */
export function requireSome(chosen: readonly Permission[]): readonly Permission[] {
  if (chosen.length === 0) throw new ValidationError('Choose at least one.', { field: 'permissions' });
  return chosen;
}

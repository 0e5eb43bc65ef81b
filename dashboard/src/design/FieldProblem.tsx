import { EverhookError } from '@everhook/sdk';
import { createContext } from 'react';
import { wordsOf } from '../words/words.ts';
import { messageOf } from './Surfaces.tsx';

/** An error of the server, or of the form itself, about one named control. */
export interface FieldProblem {
  /** The control's `name`: the argument's, without `input.`. */
  readonly name: string;
  readonly message: string;
}

/** Passed to a form's controls, so that each shows its own error. */
export const FieldProblemContext = createContext<FieldProblem | null>(null);

/**
 * The form's control that an error is about; null if it is about the whole form.
 *
 * An error inside a value, such as a schema, names the place: `input.schema.properties.id` belongs to the control
 * `schema`. An error about a group, such as `input.credentials`, is shown at the group's last control, which is the
 * secret.
 */
export function fieldProblemOf(error: unknown, form: HTMLFormElement): FieldProblem | null {
  if (!(error instanceof EverhookError) || error.field === undefined) return null;
  const path = error.field.replace(/^input\./, '');
  const controls = [...form.elements].flatMap((element) => ('name' in element ? [String(element.name)] : []));
  // The longest match wins: a control for `credentials.token` is not one for `credentials`.
  const [name] = controls
    .filter((each) => each !== '' && (path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`)))
    .sort((a, b) => b.length - a.length);
  if (name === undefined) {
    const last = controls.filter((each) => each.startsWith(`${path}.`)).at(-1);
    return last === undefined ? null : { name: last, message: messageOf(error) };
  }
  const place = path.slice(name.length).replace(/^\./, '');
  const message = messageOf(error);
  return { name, message: place === '' ? message : wordsOf('common')('atPlace', { place, message }) };
}

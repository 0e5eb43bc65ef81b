import { EverhookError } from '@everhook/sdk';
import { createContext } from 'react';
import { messageOf } from './Surfaces.tsx';

/** What the server, or the form itself, refused of one named control. */
export interface FieldProblem {
  /** The control's `name`: the argument's, without `input.`. */
  readonly name: string;
  readonly message: string;
}

/** Told to the controls of a form, so that each shows what is wrong with it. */
export const FieldProblemContext = createContext<FieldProblem | null>(null);

/**
 * The control that an error is about, where the form has it; null for what belongs to the form as a whole.
 *
 * An error within a value, such as a schema, names the place inside it: `input.schema.properties.id` is the control `schema`.
 * One of a group, such as `input.credentials`, is shown at the last control of the group, which is the secret.
 */
export function fieldProblemOf(error: unknown, form: HTMLFormElement): FieldProblem | null {
  if (!(error instanceof EverhookError) || error.field === undefined) return null;
  const path = error.field.replace(/^input\./, '');
  const controls = [...form.elements].flatMap((element) => ('name' in element ? [String(element.name)] : []));
  // The longest that fits: a control for `credentials.token` is not one for `credentials`.
  const [name] = controls
    .filter((each) => each !== '' && (path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`)))
    .sort((a, b) => b.length - a.length);
  if (name === undefined) {
    const last = controls.filter((each) => each.startsWith(`${path}.`)).at(-1);
    return last === undefined ? null : { name: last, message: messageOf(error) };
  }
  const place = path.slice(name.length).replace(/^\./, '');
  const message = messageOf(error);
  return { name, message: place === '' ? message : `At ${place}: ${message}` };
}

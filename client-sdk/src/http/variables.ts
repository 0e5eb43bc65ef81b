import { ValidationError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { wireOf } from '../times.ts';

const paging = new Set(['first', 'after', 'last', 'before']);
const declaredBy = new WeakMap<object, ReadonlySet<string>>();

/**
 * The variables of one of the SDK's own operations, as the API takes them.
 *
 * GraphQL ignores a variable that the operation does not declare. A misspelt filter would then filter nothing, and the call would answer
 * with more than was asked for.
 *
 * @throws ValidationError for an unknown name, and for a time or a duration that is none
 */
export function variablesOf(document: object, variables: object): Readonly<Record<string, unknown>> {
  const declared = declaredBy.get(document) ?? namesIn(String(document));
  declaredBy.set(document, declared);
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined || declared.has(name)) continue;
    const names = [...declared].filter((each) => !paging.has(each));
    const meant = nearest(name, names);
    const advice = meant === null ? `There are ${names.join(', ')}.` : `Did you mean "${meant}"?`;
    throw new ValidationError(`There is no "${name.slice(0, 50)}" here. ${advice}`, { field: name.slice(0, 50) });
  }
  return wireOf(variables) as Record<string, unknown>;
}

/** Of an operation without variables, nothing. */
function namesIn(text: string): ReadonlySet<string> {
  const [, definitions = ''] = /(?:query|mutation|subscription) \w+\s*\(([^)]*)\)/.exec(text) ?? [];
  return new Set([...definitions.matchAll(/\$(\w+)/g)].map(([, name]) => name as string));
}

import type { CatalogueEntry } from '../../profile.ts';
import { entry, id, record, type Schema } from '../schema.ts';

/** Create, update and delete of one kind of object. A delete carries the id alone. */
export function lifecycle(
  event: string,
  noun: string,
  schema: Schema,
  example: { readonly id: string; readonly [member: string]: unknown },
): CatalogueEntry[] {
  const category = noun[0]?.toUpperCase() + noun.slice(1);
  const article = /^[aeiou]/.test(noun) ? 'An' : 'A';
  return [
    entry(`${event}.create`, category, `${article} ${noun} was created.`, schema, example),
    entry(`${event}.update`, category, `${article} ${noun} was changed. \`data\` is its new state.`, schema, example),
    entry(`${event}.delete`, category, `${article} ${noun} was deleted. \`data\` is its id alone.`, record({ id }), {
      id: example.id,
    }),
  ];
}

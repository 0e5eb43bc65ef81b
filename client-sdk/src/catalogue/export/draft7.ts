import { isObject, type Schema, subschemas } from '../jsonSchema.ts';
import { rewriteParts } from './parts.ts';
import { Pieces, type Work } from './work.ts';

/** What draft 7 has no words for. */
const newKeywords = [
  ...['unevaluatedProperties', 'unevaluatedItems', 'minContains', 'maxContains'],
  ...['$dynamicRef', '$dynamicAnchor', '$recursiveRef'],
];

/** Whether draft 7 can say all of a schema of draft 2020-12. */
export function fitsDraft7(schema: Schema): boolean {
  if (typeof schema === 'boolean') return true;
  if (newKeywords.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  for (const [inner] of subschemas(schema)) if (!fitsDraft7(inner)) return false;
  return true;
}

/** A schema in draft 7. */
export function* inDraft7(schema: Schema, pieces = new Pieces()): Work<Schema> {
  if (pieces.next()) yield pieces.end();
  if (typeof schema === 'boolean') return schema;
  const made: Record<string, unknown> = { ...schema };
  yield* rewriteParts(made, (inner) => inDraft7(inner, pieces));
  const { prefixItems, items, dependentRequired, dependentSchemas, $ref, ...others } = made;
  if (Array.isArray(prefixItems)) {
    others.items = prefixItems;
    if (items !== undefined) others.additionalItems = items;
  } else if (items !== undefined) others.items = items;
  if (isObject(dependentRequired) || isObject(dependentSchemas)) {
    others.dependencies = { ...(dependentRequired as object), ...(dependentSchemas as object) };
  }
  if (typeof $ref !== 'string') return others;
  return Object.keys(others).length === 0
    ? { $ref }
    : { ...others, allOf: [...((others.allOf as []) ?? []), { $ref }] };
}

import { isObject, pointed, type Schema, SchemaDocument, subschemas } from '../jsonSchema.ts';

/** Names of a schema's parts, which mean nothing where references lead by the document. */
const own = ['$id', '$schema', '$anchor', '$dynamicAnchor'];

/**
 * A schema as a part of another document: its references lead there by the whole way.
 *
 * @param at - its place in the document: `#/components/schemas/order.paid`
 */
export function embedded(schema: unknown, at: string, name: string): Schema {
  const document = new SchemaDocument(schema, name);
  const rewritten = (part: Schema, pointer: string): Schema => {
    if (typeof part === 'boolean') return part;
    const made: Record<string, unknown> = { ...part };
    for (const keyword of own) delete made[keyword];
    if (typeof part.$ref === 'string') made.$ref = at + encoded(document.target(document.placeAt(pointer)).pointer);
    for (const [inner, [keyword, key]] of subschemas(part)) {
      const value = rewritten(inner, pointed(pointer, keyword as string, ...(key === undefined ? [] : [key])));
      const held = made[keyword as string];
      if (key === undefined) made[keyword as string] = value;
      else if (Array.isArray(held)) made[keyword as string] = held.map((item, index) => (index === key ? value : item));
      else made[keyword as string] = { ...(isObject(held) ? held : {}), [key]: value };
    }
    return made;
  };
  return rewritten(schema as Schema, '');
}

const encoded = (pointer: string): string => pointer.split('/').map(encodeURIComponent).join('/');

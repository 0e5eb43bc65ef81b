import { isObject, type Place, pointed, type Schema, SchemaDocument, subschemas } from '../jsonSchema.ts';

/** Names of a schema's parts, which mean nothing where references lead by the document, and definitions, which are placed anew. */
const own = ['$id', '$schema', '$anchor', '$dynamicAnchor', '$dynamicRef'];
const definitions = ['$defs', 'definitions'];

/**
 * A schema as a part of another document: its references lead there by the whole way.
 *
 * @param at - its place in the document: `#/components/schemas/order.paid`
 */
export function embedded(schema: unknown, at: string, name: string): Schema {
  const document = new SchemaDocument(schema, name);
  return usesDynamic(document.root.schema) ? unrolled(document, at) : inPlace(document, at);
}

/** Every part stays where it is. */
function inPlace(document: SchemaDocument, at: string): Schema {
  const rewritten = (place: Place): Schema => {
    if (typeof place.schema === 'boolean') return place.schema;
    const made = without(place.schema, own);
    if (typeof made.$ref === 'string') made.$ref = at + encoded(document.target(place).pointer);
    return withParts(made, place, (inner) => rewritten(document.placeAt(inner)));
  };
  return rewritten(document.root);
}

/** More copies than these are not made: where they would be, anything fits. */
const most = 1_000;

/** Which schema each `$dynamicAnchor` means on the way to a part, by pointers. */
type Scope = ReadonlyMap<string, string>;

/**
 * What a `$dynamicRef` means depends on the way to it, and most readers of such documents do not know it. So each part is written once for
 * each meaning, with plain references.
 */
function unrolled(document: SchemaDocument, at: string): Schema {
  const names = new Map<string, string>();
  const waiting: { readonly name: string; readonly place: Place; readonly scope: Scope }[] = [];
  const rootScope = entered(document.root, new Map());
  const rootKey = keyOf(document.root, rootScope);

  function referenceTo(place: Place, from: Scope): string | undefined {
    const scope = entered(place, from);
    const key = keyOf(place, scope);
    if (key === rootKey) return at;
    const known = names.get(key);
    if (known === undefined && names.size >= most) return undefined;
    const name = known ?? `part_${names.size + 1}`;
    if (known === undefined) {
      names.set(key, name);
      waiting.push({ name, place, scope });
    }
    return `${at}/$defs/${name}`;
  }

  function rewritten(place: Place, scope: Scope): Schema {
    const { schema } = place;
    if (typeof schema === 'boolean') return schema;
    const made = without(schema, [...own, ...definitions, '$ref']);
    const references: (string | undefined)[] = [];
    if (schema.$ref !== undefined) references.push(referenceTo(document.target(place), scope));
    if (schema.$dynamicRef !== undefined) {
      const { first, anchor } = document.dynamicReference(place);
      const outermost = anchor === null ? undefined : scope.get(anchor);
      references.push(referenceTo(outermost === undefined ? first : document.placeAt(outermost), scope));
    }
    const whole = withParts(made, place, (pointer) => {
      const inner = document.placeAt(pointer);
      return rewritten(inner, entered(inner, scope));
    });
    const [$ref, ...others] = references.filter((reference) => reference !== undefined);
    if ($ref !== undefined) whole.$ref = $ref;
    if (others.length > 0) whole.allOf = [...((whole.allOf as []) ?? []), ...others.map((other) => ({ $ref: other }))];
    return whole;
  }

  const root = rewritten(document.root, rootScope) as Record<string, unknown>;
  const parts: Record<string, Schema> = {};
  for (let next = waiting.shift(); next; next = waiting.shift()) parts[next.name] = rewritten(next.place, next.scope);
  return Object.keys(parts).length === 0 ? root : { ...root, $defs: parts };
}

/** The anchors that hold within a schema: those from further out win. */
function entered({ resource }: Place, scope: Scope): Scope {
  const more = [...resource.dynamicAnchors].filter(([name]) => !scope.has(name));
  return more.length === 0 ? scope : new Map([...scope, ...more]);
}

const keyOf = ({ pointer }: Place, scope: Scope): string => JSON.stringify([pointer, [...scope].sort()]);

function usesDynamic(schema: Schema): boolean {
  if (typeof schema === 'boolean') return false;
  if (schema.$dynamicRef !== undefined) return true;
  for (const [inner] of subschemas(schema)) if (usesDynamic(inner)) return true;
  return false;
}

const without = (schema: object, keywords: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));

/** A schema with its parts written anew. @param write - writes the part at a pointer */
function withParts(
  made: Record<string, unknown>,
  { pointer }: Place,
  write: (pointer: string) => Schema,
): Record<string, unknown> {
  for (const [, [keyword, key]] of [...subschemas(made)]) {
    const value = write(pointed(pointer, keyword as string, ...(key === undefined ? [] : [key])));
    const held = made[keyword as string];
    if (key === undefined) made[keyword as string] = value;
    else if (Array.isArray(held)) made[keyword as string] = held.map((item, index) => (index === key ? value : item));
    else made[keyword as string] = { ...(isObject(held) ? held : {}), [key]: value };
  }
  return made;
}

const encoded = (pointer: string): string => pointer.split('/').map(encodeURIComponent).join('/');

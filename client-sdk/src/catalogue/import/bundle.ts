import {
  CatalogueError,
  isObject,
  isSchema,
  keysOf,
  pointed,
  type Schema,
  subschemas,
  valueAt,
} from '../jsonSchema.ts';
import { converted, type Dialect, dialectOf } from './dialect.ts';

/** Where something is: a document by its name, and a pointer in it. */
export interface Located {
  readonly document: string;
  readonly pointer: string;
}

/** The documents of a source by their names, such as files' paths. */
export type Documents = ReadonlyMap<string, unknown>;

export const placeText = ({ document, pointer }: Located): string => `${document}#${pointer}`;

/** Schemas that one may need of others, beyond which it is refused. */
const maxParts = 2_000;

/**
 * A schema as one of its own: what it refers to elsewhere, in the document or in others, is brought into its `$defs`, and all is draft
 * 2020-12.
 *
 * @throws CatalogueError that names the place of what cannot be taken
 */
export function bundled(documents: Documents, place: Located, dialect: Dialect): Record<string, unknown> {
  const from = beginning(documents, place);
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const waiting: { readonly name: string; readonly at: Located }[] = [];

  /** The reference within the bundle for what is elsewhere. */
  function referenceTo(at: Located): string {
    const key = placeText(at);
    if (at.document === from.document && at.pointer === from.pointer) return '#';
    const known = names.get(key);
    if (known !== undefined) return `#/$defs/${known}`;
    const wanted = (keysOf(at.pointer).at(-1) ?? at.document.split('/').at(-1) ?? 'part').replaceAll(/[^\w.-]/g, '_');
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
    taken.add(name);
    names.set(key, name);
    if (names.size > maxParts) throw new CatalogueError(key, `The schema refers to more than ${maxParts} others.`);
    waiting.push({ name, at });
    return `#/$defs/${name}`;
  }

  function rewritten(schema: Schema, at: Located, of: Dialect): Schema {
    if (typeof schema === 'boolean') return schema;
    const own = typeof schema.$schema === 'string' ? dialectOf(schema.$schema) : of;
    if (own === null)
      throw new CatalogueError(
        `${placeText(at)}/$schema`,
        `This dialect of JSON Schema cannot be read: ${schema.$schema}`,
      );
    const made = converted(schema, own);
    for (const keyword of ['$id', '$anchor', '$dynamicAnchor', '$defs', 'definitions']) delete made[keyword];
    if (made.$dynamicRef !== undefined) {
      throw new CatalogueError(
        `${placeText(at)}/$dynamicRef`,
        'A "$dynamicRef" cannot be taken out of its document: write "$ref".',
      );
    }
    if (typeof made.$ref === 'string') made.$ref = referenceTo(target(documents, made.$ref, at));
    for (const [inner, keys] of [...subschemas(made)]) {
      // Draft 2020-12 moved some keywords: the place is that of the source.
      const sourceKeys = keys.map((key) => (key === 'prefixItems' && schema.prefixItems === undefined ? 'items' : key));
      setAt(made, keys, rewritten(inner, { ...at, pointer: pointed(at.pointer, ...sourceKeys) }, own));
    }
    return made;
  }

  const read = (at: Located): Schema => {
    const value = valueAt(documents.get(at.document), at.pointer);
    if (!isSchema(value)) throw new CatalogueError(placeText(at), 'A schema is a JSON object, true or false.');
    return rewritten(value, at, dialect);
  };

  const root = read(from);
  const parts: Record<string, Schema> = {};
  for (let next = waiting.shift(); next; next = waiting.shift()) parts[next.name] = read(next.at);
  const whole = typeof root === 'boolean' ? (root ? {} : { not: {} }) : root;
  return Object.keys(parts).length === 0 ? whole : { ...whole, $defs: parts };
}

/** The schema itself, where the place has nothing but a reference to it. */
function beginning(documents: Documents, place: Located): Located {
  const { value, at } = followed(documents, place);
  const first = valueAt(documents.get(place.document), place.pointer);
  return isObject(value) && isObject(first) && Object.keys(first).length === 1 ? at : place;
}

/** What a reference leads to: a place in the same document, or in another of the source. @throws CatalogueError */
export function target(documents: Documents, reference: string, at: Located): Located {
  const [address = '', fragment = ''] = reference.split('#', 2) as [string, string?];
  const document = address === '' ? at.document : documentOf(documents, address, at.document);
  const place = `${placeText(at)}/$ref`;
  if (document === null) {
    throw new CatalogueError(
      place,
      `The reference ${JSON.stringify(reference)} leads out of what was read: nothing is fetched. Bring it into the document.`,
    );
  }
  const name = decoded(fragment);
  const root = documents.get(document);
  const pointer = name === '' || name.startsWith('/') ? name : anchorIn(root, name);
  if (pointer === null || valueAt(root, pointer) === undefined) {
    throw new CatalogueError(place, `The reference ${JSON.stringify(reference)} leads to nothing.`);
  }
  return { document, pointer };
}

/** The value that a value refers to, through any number of references; itself where it is no reference. @throws CatalogueError */
export function followed(documents: Documents, at: Located): { readonly value: unknown; readonly at: Located } {
  let here = at;
  for (let steps = 0; steps < 50; steps++) {
    const value = valueAt(documents.get(here.document), here.pointer);
    if (!isObject(value) || typeof value.$ref !== 'string') return { value, at: here };
    here = target(documents, value.$ref, here);
  }
  throw new CatalogueError(placeText(at), 'These references lead on without end.');
}

function documentOf(documents: Documents, address: string, from: string): string | null {
  const base = 'file:///';
  try {
    const path = decodeURIComponent(new URL(address, new URL(from, base)).pathname.slice(1));
    if (!/^[a-z]+:/i.test(address) && documents.has(path)) return path;
  } catch {
    return null;
  }
  for (const [name, value] of documents) if (isObject(value) && value.$id === address) return name;
  return null;
}

function anchorIn(value: unknown, anchor: string, pointer = ''): string | null {
  if (!isSchema(value) || typeof value === 'boolean') return null;
  if (value.$anchor === anchor || value.$dynamicAnchor === anchor) return pointer;
  for (const [inner, keys] of subschemas(value)) {
    const found = anchorIn(inner, anchor, pointed(pointer, ...keys));
    if (found !== null) return found;
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sets a value within an object whose parts may still be those of the source. */
function setAt(object: Record<string, unknown>, [keyword, key]: readonly (string | number)[], value: unknown): void {
  if (key === undefined) object[keyword as string] = value;
  else if (typeof key === 'number')
    object[keyword as string] = (object[keyword as string] as unknown[]).map((item, index) =>
      index === key ? value : item,
    );
  else object[keyword as string] = { ...(object[keyword as string] as object), [key]: value };
}

export const within = (at: Located, ...keys: readonly (string | number)[]): Located => ({
  ...at,
  pointer: pointed(at.pointer, ...keys),
});

export const problem = (at: Located, message: string): CatalogueError => new CatalogueError(placeText(at), message);

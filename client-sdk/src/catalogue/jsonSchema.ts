/** JSON Schema of draft 2020-12 as it is read here: places in a document, and what references lead to. */

export type Schema = boolean | { readonly [keyword: string]: unknown };
export type SchemaObject = Exclude<Schema, boolean>;

/** Something in a catalogue's source that cannot be taken. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  /** Where it is: a file or document, and the pointer within it: `orders.json#/properties/total`. */
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isObject(value);

/** A pointer one level deeper. */
export const pointed = (pointer: string, ...keys: readonly (string | number)[]): string =>
  keys.reduce<string>((at, key) => `${at}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`, pointer);

/** The keys of a pointer without its `#`. */
export const keysOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Undefined where nothing is there. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const key of keysOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Keywords that hold schemas, and in which form. */
const holders: Readonly<Record<string, 'one' | 'list' | 'named'>> = {
  ...from('one', 'additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not', 'propertyNames'),
  ...from('one', 'then', 'unevaluatedItems', 'unevaluatedProperties'),
  ...from('list', 'allOf', 'anyOf', 'oneOf', 'prefixItems'),
  ...from('named', '$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'),
};

function from<Form>(form: Form, ...names: readonly string[]): Record<string, Form> {
  return Object.fromEntries(names.map((name) => [name, form]));
}

/** The schemas directly within one, each with its keys from there. */
export function* subschemas(
  schema: SchemaObject,
): Generator<readonly [schema: Schema, keys: readonly (string | number)[]]> {
  for (const [keyword, value] of Object.entries(schema)) {
    const form = Object.hasOwn(holders, keyword) ? holders[keyword] : undefined;
    if (form === 'one' && isSchema(value)) yield [value, [keyword]];
    if (form === 'list' && Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (isSchema(item)) yield [item, [keyword, index]];
    }
    if (form === 'named' && isObject(value)) {
      for (const [name, item] of Object.entries(value)) if (isSchema(item)) yield [item, [keyword, name]];
    }
  }
}

/** A schema in a document. */
export interface Place {
  readonly schema: Schema;
  /** From the document's root: `/properties/total`. */
  readonly pointer: string;
  /** The nearest schema around it that has an `$id`, or the root. */
  readonly resource: Resource;
  /** The schemas directly within it, by a keyword and, below most, a slash and a name or an index. */
  readonly within: Map<string, Place>;
}

interface Resource {
  readonly uri: string;
  readonly pointer: string;
  readonly anchors: Map<string, Place>;
  /** Those of `$dynamicAnchor`. */
  readonly dynamicAnchors: Map<string, Place>;
}

/** One schema, with all that its references lead to: they stay inside it. */
export class SchemaDocument {
  readonly root: Place;
  /** Where the document comes from, for errors. */
  readonly #source: string;
  readonly #value: Schema;
  readonly #resources = new Map<string, Resource>();
  /** Schemas below keywords that hold none by themselves, which references lead to, by their pointers. */
  readonly #apart = new Map<string, Place>();
  readonly #placeOf = new Map<SchemaObject, Place>();

  constructor(value: unknown, source: string) {
    this.#source = source;
    if (!isSchema(value)) throw new CatalogueError(source, 'A schema is a JSON object, for example {"type":"object"}.');
    this.#value = value;
    this.root = this.#read(value, '', null);
  }

  error(pointer: string, message: string): CatalogueError {
    return new CatalogueError(`${this.#source}#${pointer}`, message);
  }

  /** A schema directly within another. */
  within(place: Place, ...keys: readonly (string | number)[]): Place {
    const known = place.within.get(keys.join('/'));
    if (known) return known;
    throw this.error(pointed(place.pointer, ...keys), 'There is no schema here: it must be an object, true or false.');
  }

  /** The place of a schema that is in this document, or that a reference led to. */
  placeOf(schema: SchemaObject): Place | null {
    return this.#placeOf.get(schema) ?? null;
  }

  /** What a reference at a place leads to; null where it leads to no schema in this document. */
  referred(reference: string, from: Place): Place | null {
    const [address = '', fragment = ''] = reference.split('#', 2) as [string, string?];
    const resource = address === '' ? from.resource : this.#resources.get(resolved(address, from.resource.uri) ?? '');
    if (!resource) return null;
    const name = decoded(fragment);
    if (name !== '' && !name.startsWith('/')) return resource.anchors.get(name) ?? null;
    const pointer = resource.pointer + name;
    const known = this.#known(pointer);
    if (known) return known;
    // A reference may also lead below a keyword that holds no schemas by itself.
    const value = valueAt(this.#value, pointer);
    if (!isSchema(value)) return null;
    const apart = this.#read(value, pointer, resource);
    this.#apart.set(pointer, apart);
    return apart;
  }

  #known(pointer: string): Place | undefined {
    const keys = keysOf(pointer);
    let place: Place | undefined = this.root;
    for (let at = 0; place && at < keys.length; at += 1) {
      const keyword = keys[at] as string;
      const one: Place | undefined = place.within.get(keyword);
      if (one === undefined) at += 1;
      place = one ?? (at < keys.length ? place.within.get(`${keyword}/${keys[at]}`) : undefined);
    }
    return place ?? this.#apart.get(pointer);
  }

  /** Where the `$ref` of a schema leads. */
  target(place: Place): Place {
    const { $ref } = place.schema as SchemaObject;
    const at = pointed(place.pointer, '$ref');
    if (typeof $ref !== 'string') throw this.error(at, 'A reference is text, such as "#/$defs/address".');
    const found = this.referred($ref, place);
    if (found) return found;
    throw this.error(at, `The reference ${JSON.stringify($ref)} leads to no schema in this document.`);
  }

  /**
   * Where the `$dynamicRef` of a schema leads at first. With `anchor`, the outermost schema on the way that has such a `$dynamicAnchor`
   * takes its place; null: it is an ordinary reference.
   */
  dynamicReference(place: Place): { readonly first: Place; readonly anchor: string | null } {
    const { $dynamicRef } = place.schema as SchemaObject;
    const first = typeof $dynamicRef === 'string' ? this.referred($dynamicRef, place) : null;
    if (first === null) {
      const at = pointed(place.pointer, '$dynamicRef');
      throw this.error(at, `The reference ${JSON.stringify($dynamicRef)} leads to no schema in this document.`);
    }
    const name = decoded(($dynamicRef as string).split('#', 2)[1] ?? '');
    const isDynamic = isObject(first.schema) && first.schema.$dynamicAnchor === name;
    return { first, anchor: isDynamic ? name : null };
  }

  #read(schema: Schema, pointer: string, outer: Resource | null): Place {
    let resource = outer;
    if (outer === null || (isObject(schema) && typeof schema.$id === 'string')) {
      const id = isObject(schema) && typeof schema.$id === 'string' ? schema.$id : '';
      const uri = resolved(id.replace(/#$/, ''), outer?.uri ?? 'schema:///') ?? '';
      resource = { uri, pointer, anchors: new Map(), dynamicAnchors: new Map() };
      this.#resources.set(uri, resource);
    }
    const place: Place = { schema, pointer, resource: resource as Resource, within: new Map() };
    if (typeof schema === 'boolean') return place;
    this.#placeOf.set(schema, place);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      if (typeof schema[keyword] === 'string') place.resource.anchors.set(schema[keyword], place);
    }
    if (typeof schema.$dynamicAnchor === 'string') place.resource.dynamicAnchors.set(schema.$dynamicAnchor, place);
    for (const [inner, keys] of subschemas(schema)) {
      place.within.set(keys.join('/'), this.#read(inner, pointed(pointer, ...keys), place.resource));
    }
    return place;
  }
}

function resolved(reference: string, base: string): string | null {
  try {
    return new URL(reference, base).href;
  } catch {
    return null;
  }
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** A JSON Schema of draft 2020-12, as it was parsed. */
export type Schema = boolean | SchemaObject;
export type SchemaObject = { readonly [keyword: string]: unknown };

export const isSchemaObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSchema = (value: unknown): value is Schema => typeof value === 'boolean' || isSchemaObject(value);

/** The value of a keyword that is a schema. */
export const schemaIn = (value: unknown): Schema | null => (isSchema(value) ? value : null);
/** The value of a keyword that is a list of schemas. */
export const schemasIn = (value: unknown): readonly Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
/** The value of a keyword that is an object of schemas. */
export const namedIn = (value: unknown): readonly (readonly [string, Schema])[] =>
  isSchemaObject(value)
    ? Object.entries(value).flatMap(([name, each]) => (isSchema(each) ? [[name, each] as const] : []))
    : [];

/** Keywords that hold values, in which nothing is a schema. */
const values = new Set(['const', 'enum', 'default', 'examples']);
const ownBase = 'https://schema.invalid/';

/** A schema with everything that its references may lead to. It refers to nothing outside itself. */
export class SchemaDocument {
  readonly root: Schema;
  /** By address: whole schemas with an `$id`, and anchors. */
  readonly #places = new Map<string, Schema>();
  readonly #bases = new WeakMap<object, string>();

  constructor(root: Schema) {
    this.root = root;
    this.#places.set(ownBase, root);
    this.#enter(root, ownBase);
  }

  /** What a reference within `from` leads to. Null where it leads nowhere. */
  referred(reference: string, from: SchemaObject): Schema | null {
    const address = addressOf(reference, this.#bases.get(from) ?? ownBase);
    if (address === null) return null;
    const [resource = '', fragment = ''] = address.split('#');
    const start = this.#places.get(resource) ?? null;
    if (fragment === '') return start;
    if (!fragment.startsWith('/')) return this.#places.get(address) ?? null;
    let place: unknown = start;
    for (const step of decoded(fragment).slice(1).split('/')) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return null;
      place = (place as Record<string, unknown>)[name];
    }
    return schemaIn(place);
  }

  #enter(value: unknown, around: string): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.#enter(item, around);
      return;
    }
    const schema = value as SchemaObject;
    const base = typeof schema.$id === 'string' ? (addressOf(schema.$id, around) ?? around) : around;
    this.#bases.set(schema, base);
    if (base !== around) this.#places.set(base.split('#')[0] ?? base, schema);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = schema[keyword];
      if (typeof anchor === 'string') this.#places.set(`${base.split('#')[0]}#${anchor}`, schema);
    }
    for (const [keyword, each] of Object.entries(schema)) if (!values.has(keyword)) this.#enter(each, base);
  }
}

function addressOf(reference: string, base: string): string | null {
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

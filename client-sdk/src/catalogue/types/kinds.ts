import { isObject, type Place, type Schema, type SchemaDocument, type SchemaObject } from '../jsonSchema.ts';

/** The kinds of JSON values. A schema's keywords speak of one kind each, and say nothing about the others. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';
export const allKinds: readonly Kind[] = ['object', 'array', 'string', 'number', 'boolean', 'null'];

export function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Kind;
}

/** The values that a schema names one by one; null where it does not. */
export function valuesOf(schema: SchemaObject): readonly unknown[] | null {
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : null;
}

/** Which kinds of values each schema of a document may accept. */
export class Kinds {
  readonly #document: SchemaDocument;
  readonly #known = new Map<string, ReadonlySet<Kind> | 'asked'>();

  constructor(document: SchemaDocument) {
    this.#document = document;
  }

  /** @throws CatalogueError for references that lead back to where they began: nothing can be checked by them */
  of(place: Place): ReadonlySet<Kind> {
    const known = this.#known.get(place.pointer);
    if (known === 'asked') {
      throw this.#document.error(place.pointer, 'The references of this schema lead back to it without end.');
    }
    if (known) return known;
    this.#known.set(place.pointer, 'asked');
    const kinds = this.#of(place);
    this.#known.set(place.pointer, kinds);
    return kinds;
  }

  #of(place: Place): ReadonlySet<Kind> {
    const { schema } = place;
    if (typeof schema === 'boolean') return new Set(schema ? allKinds : []);
    let kinds = new Set(declared(schema));
    const keep = (others: ReadonlySet<Kind>) => {
      kinds = new Set([...kinds].filter((kind) => others.has(kind)));
    };
    const within = (...keys: (string | number)[]) => this.of(this.#document.within(place, ...keys));
    const listed = (keyword: string) =>
      Array.isArray(schema[keyword]) ? schema[keyword].map((_, index) => within(keyword, index)) : null;
    if (schema.$ref !== undefined) keep(this.of(this.#document.target(place)));
    for (const each of listed('allOf') ?? []) keep(each);
    for (const keyword of ['anyOf', 'oneOf']) {
      const each = listed(keyword);
      if (each) keep(new Set(each.flatMap((some) => [...some])));
    }
    // They are not looked at for kinds, but must not lead back here either.
    for (const keyword of ['if', 'then', 'else', 'not']) if (schema[keyword] !== undefined) within(keyword);
    for (const name of Object.keys(isObject(schema.dependentSchemas) ? schema.dependentSchemas : {})) {
      within('dependentSchemas', name);
    }
    return kinds;
  }
}

function declared(schema: SchemaObject): readonly Kind[] {
  const values = valuesOf(schema);
  const named: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  const kinds = allKinds.filter(
    (kind) => schema.type === undefined || named.includes(kind) || (kind === 'number' && named.includes('integer')),
  );
  return values ? kinds.filter((kind) => values.some((value) => kindOf(value) === kind)) : kinds;
}

/** The same schema as another one, with words beside it at most. */
export const isOnlyReference = (schema: Schema): boolean =>
  isObject(schema) &&
  schema.$ref !== undefined &&
  Object.keys(schema).every(
    (keyword) => keyword === '$ref' || annotations.has(keyword) || keyword === '$defs' || keyword === 'definitions',
  );

const annotations = new Set(
  '$comment $schema $id $anchor title description default examples deprecated readOnly writeOnly'.split(' '),
);

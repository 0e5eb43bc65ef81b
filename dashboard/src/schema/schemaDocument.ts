import { SchemaDocument as References } from '@everhook/sdk/catalogue';

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

/** A schema with everything that its references may lead to. It refers to nothing outside itself. */
export class SchemaDocument {
  readonly root: Schema;
  readonly #document: References;

  constructor(root: Schema) {
    this.root = root;
    this.#document = new References(root, 'schema');
  }

  /** What a reference within `from` leads to. Null where it leads nowhere. */
  referred(reference: string, from: SchemaObject): Schema | null {
    const place = this.#document.placeOf(from) ?? this.#document.root;
    return this.#document.referred(reference, place)?.schema ?? null;
  }
}

import type { CatalogueEntry } from '../profile.ts';

/** Building blocks of the catalogues' JSON Schemas (draft 2020-12). Other members are allowed too, because systems grow. */
export type Schema = Readonly<Record<string, unknown>>;
export type Properties = Readonly<Record<string, Schema>>;

export const text: Schema = { type: 'string' };
export const id: Schema = { type: 'string', minLength: 1 };
export const dateTime: Schema = { type: 'string', format: 'date-time' };
export const date: Schema = { type: 'string', format: 'date' };
export const link: Schema = { type: 'string', format: 'uri' };
export const email: Schema = { type: 'string', format: 'email' };
export const flag: Schema = { type: 'boolean' };
export const integer: Schema = { type: 'integer' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const amount: Schema = { type: 'number' };
export const percent: Schema = { type: 'number', minimum: 0, maximum: 100 };

export const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values });
export const nullable = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const list = (items: Schema): Schema => ({ type: 'array', items });

/** An object that must have the `required` members and may have the `optional` ones. For a member in both, `required` wins. */
export const record = (required: Properties, optional: Properties = {}): Schema => ({
  type: 'object',
  properties: { ...required, ...optional, ...required },
  required: Object.keys(required),
});

/** An event type whose data has the given schema. */
export const entry = (
  name: string,
  category: string,
  description: string,
  schema: Schema,
  example: object,
): CatalogueEntry => ({
  name,
  category,
  description,
  schema: { $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema },
  example,
});

import { isObject, type Schema, subschemas } from '../jsonSchema.ts';
import { embedded } from './embedded.ts';
import { bodyOf, type ExportedCatalogue, headersOf } from './envelopes.ts';

/** AsyncAPI 3 of a catalogue: a channel with one message for each type, which Everhook sends by HTTP. */
export function asyncApiOf({ title, version, profile, types }: ExportedCatalogue): object {
  const each = <T>(make: (type: (typeof types)[number]) => T) =>
    Object.fromEntries(types.map((type) => [type.name, make(type)]));
  return {
    asyncapi: '3.0.0',
    info: { title, version },
    defaultContentType: 'application/json',
    channels: each(({ name, description }) => ({
      address: name,
      ...(description === null ? {} : { description }),
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
    })),
    operations: each(({ name }) => ({
      action: 'send',
      channel: { $ref: `#/channels/${name}` },
      messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
      bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
    })),
    components: {
      messages: each(({ name, description, schema, example }) => ({
        name,
        title: name,
        ...(description === null ? {} : { summary: description }),
        contentType: 'application/json',
        headers: {
          type: 'object',
          properties: Object.fromEntries(
            Object.entries(headersOf(profile)).map(([header, about]) => [
              header,
              { type: 'string', description: about },
            ]),
          ),
        },
        payload: isOlder(schema as Schema)
          ? older(bodyOf(profile, name, { $ref: `#/components/schemas/${name}` }) as Schema)
          : newer(bodyOf(profile, name, { $ref: `#/components/schemas/${name}/schema` }) as Schema),
        // By it, an import finds the type itself, as draft 2020-12.
        'x-everhook-type': {
          schema: embedded(schema, `#/components/messages/${name}/x-everhook-type/schema`, name),
          ...(example === undefined ? {} : { example }),
        },
      })),
      schemas: each(({ name, schema }) =>
        isOlder(schema as Schema)
          ? older(embedded(schema, `#/components/schemas/${name}`, name))
          : newer(embedded(schema, `#/components/schemas/${name}/schema`, name)),
      ),
    },
  };
}

/** What draft 7 has no words for. */
const newKeywords = [
  ...['unevaluatedProperties', 'unevaluatedItems', 'minContains', 'maxContains'],
  ...['$dynamicRef', '$dynamicAnchor', '$recursiveRef'],
];

/** Whether draft 7, in which AsyncAPI's schemas are written unless they say otherwise, can say it all. */
function isOlder(schema: Schema): boolean {
  if (typeof schema === 'boolean') return true;
  if (newKeywords.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  for (const [inner] of subschemas(schema)) if (!isOlder(inner)) return false;
  return true;
}

/** A schema that says which draft it is of. */
const newer = (schema: Schema): object => ({ schemaFormat: 'application/schema+json;version=draft-2020-12', schema });

/** The schema in draft 7. */
function older(schema: Schema): Schema {
  if (typeof schema === 'boolean') return schema;
  const made: Record<string, unknown> = { ...schema };
  for (const [inner, [keyword, key]] of subschemas(schema)) {
    const value = older(inner);
    const held = made[keyword as string];
    if (key === undefined) made[keyword as string] = value;
    else if (Array.isArray(held)) made[keyword as string] = held.map((item, index) => (index === key ? value : item));
    else made[keyword as string] = { ...(isObject(held) ? held : {}), [key]: value };
  }
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

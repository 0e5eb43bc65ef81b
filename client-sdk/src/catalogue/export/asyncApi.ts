import type { Schema } from '../jsonSchema.ts';
import { type DocumentFormat, documentOf } from './document.ts';
import { fitsDraft7, inDraft7 } from './draft7.ts';
import { embedded } from './embedded.ts';
import { bodyOf, type DescribedProfile, type ExportedCatalogue, headersOf } from './envelopes.ts';
import { atOnce } from './work.ts';

/** AsyncAPI 3 of a catalogue: a channel with one message for each type, which Everhook sends by HTTP. */
export const asyncApiOf = (catalogue: ExportedCatalogue): object => documentOf(asyncApiFormat, catalogue);

export const asyncApiFormat: DocumentFormat<'channels' | 'operations' | 'messages' | 'schemas'> = {
  sections: ['channels', 'operations', 'messages', 'schemas'],
  whole: ({ title, version }, { channels, operations, messages, schemas }) => ({
    asyncapi: '3.0.0',
    info: { title, version },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas },
  }),
  *ofType({ name, description, schema, example }, profile) {
    // AsyncAPI's schemas are of draft 7, unless they say otherwise.
    const isOlder = fitsDraft7(schema as Schema);
    const at = `#/components/schemas/${name}`;
    const body = (data: string) => bodyOf(profile, name, { $ref: data }) as Schema;
    return {
      channels: {
        address: name,
        ...(description === null ? {} : { description }),
        messages: { [name]: { $ref: `#/components/messages/${name}` } },
      },
      operations: {
        action: 'send',
        channel: { $ref: `#/channels/${name}` },
        messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
      messages: {
        name,
        title: name,
        ...(description === null ? {} : { summary: description }),
        contentType: 'application/json',
        headers: describedHeaders(profile),
        payload: isOlder ? atOnce(inDraft7(body(at))) : newer(body(`${at}/schema`)),
        // By it, an import finds the type itself, as draft 2020-12.
        'x-everhook-type': {
          schema: yield* embedded(schema, `#/components/messages/${name}/x-everhook-type/schema`, name),
          ...(example === undefined ? {} : { example }),
        },
      },
      schemas: isOlder
        ? yield* inDraft7(yield* embedded(schema, at, name))
        : newer(yield* embedded(schema, `${at}/schema`, name)),
    };
  },
};

const describedHeaders = (profile: DescribedProfile): object => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(headersOf(profile)).map(([header, description]) => [header, { type: 'string', description }]),
  ),
});

/** A schema that says which draft it is of. */
const newer = (schema: Schema): object => ({ schemaFormat: 'application/schema+json;version=draft-2020-12', schema });

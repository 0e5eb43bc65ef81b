import { type DocumentFormat, documentOf } from './document.ts';
import { embedded } from './embedded.ts';
import { bodyOf, type DescribedProfile, type ExportedCatalogue, type ExportedType, headersOf } from './envelopes.ts';

/** OpenAPI 3.1 of a catalogue: a webhook for each type, with the request that a receiver gets. */
export const openApiOf = (catalogue: ExportedCatalogue): object => documentOf(openApiFormat, catalogue);

export const openApiFormat: DocumentFormat<'webhooks' | 'schemas'> = {
  sections: ['webhooks', 'schemas'],
  whole: ({ title, version }, { webhooks, schemas }) => ({
    openapi: '3.1.0',
    info: { title, version },
    webhooks,
    components: { schemas },
  }),
  *ofType(type, profile) {
    const { name, schema } = type;
    return { webhooks: webhookOf(type, profile), schemas: yield* embedded(schema, referenceTo(name), name) };
  },
};

const referenceTo = (name: string) => `#/components/schemas/${name}`;

function webhookOf({ name, description, example }: ExportedType, profile: DescribedProfile): object {
  const data = { $ref: referenceTo(name) };
  return {
    post: {
      operationId: `receive_${name.replaceAll(/\W/g, '_')}`,
      ...(description === null ? {} : { summary: description }),
      parameters: Object.entries(headersOf(profile)).map(([header, about]) => ({
        name: header,
        in: 'header',
        required: true,
        description: about,
        schema: { type: 'string' },
      })),
      requestBody: { required: true, content: { 'application/json': { schema: bodyOf(profile, name, data) } } },
      responses: { '2XX': { description: 'Received. Anything else is tried again.' } },
      // By it, an import finds the type itself.
      'x-everhook-type': { schema: data, ...(example === undefined ? {} : { example }) },
    },
  };
}

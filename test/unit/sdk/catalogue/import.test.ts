import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  allTypes,
  asyncApiOf,
  CatalogueError,
  openApiOf,
  readAsyncApi,
  readJsonSchemas,
  readOpenApi,
  readZod,
} from '../../../../client-sdk/src/catalogue/index.ts';

const order = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const json = (schema: object) => ({ content: { 'application/json': { schema } } });

describe('an OpenAPI document', () => {
  it('of 3.1 with webhooks alone gives their types, also behind references to path items, bodies and schemas', () => {
    const document = {
      openapi: '3.1.0',
      info: { title: 'Shop', version: '1' },
      webhooks: {
        'order.paid': {
          post: {
            summary: 'Paid.',
            requestBody: {
              content: {
                'application/json': { schema: { $ref: '#/components/schemas/Order' }, example: { id: 'o_1' } },
              },
            },
          },
        },
        'order.lost': { $ref: '#/components/pathItems/lost' },
      },
      components: {
        pathItems: { lost: { post: { requestBody: { $ref: '#/components/requestBodies/lost' } } } },
        requestBodies: {
          lost: json({
            type: 'object',
            properties: { order: { $ref: '#/components/schemas/Order' }, next: { $ref: '#/components/schemas/Tree' } },
          }),
        },
        schemas: { Order: order, Tree: { type: 'object', properties: { up: { $ref: '#/components/schemas/Tree' } } } },
      },
    };
    expect(readOpenApi(document, 'shop.json')).toEqual({
      problems: [],
      types: [
        { name: 'order.paid', description: 'Paid.', schema: order, example: { id: 'o_1' } },
        {
          name: 'order.lost',
          description: null,
          schema: {
            type: 'object',
            properties: { order: { $ref: '#/$defs/Order' }, next: { $ref: '#/$defs/Tree' } },
            $defs: { Order: order, Tree: { type: 'object', properties: { up: { $ref: '#/$defs/Tree' } } } },
          },
        },
      ],
    });
  });

  it('of 3.0 with x-webhooks is read in its own dialect', () => {
    const document = {
      openapi: '3.0.3',
      info: {},
      paths: {},
      'x-webhooks': {
        'order.paid': {
          post: {
            requestBody: json({
              type: 'object',
              properties: {
                note: { type: 'string', nullable: true, example: 'hi' },
                amount: { type: 'number', minimum: 0, exclusiveMinimum: true },
                state: { $ref: '#/components/schemas/State', nullable: true },
              },
            }),
          },
        },
      },
      components: { schemas: { State: { type: 'string', enum: ['open'], nullable: true } } },
    };
    const { types, problems } = readOpenApi(document, 'shop.yaml');
    expect(problems).toEqual([]);
    expect(types[0]?.schema).toEqual({
      type: 'object',
      properties: {
        note: { type: ['string', 'null'], examples: ['hi'] },
        amount: { type: 'number', exclusiveMinimum: 0 },
        state: { $ref: '#/$defs/State' },
      },
      $defs: { State: { type: ['string', 'null'], enum: ['open', null] } },
    });
  });

  it('names the place of what cannot be taken, and then gives nothing', () => {
    const document = {
      openapi: '3.1.0',
      webhooks: {
        'good.one': { post: { requestBody: json(order) } },
        'not a name': { post: { requestBody: json(order) } },
        'no.body': { post: {} },
        'no.json': { post: { requestBody: { content: { 'application/xml': {} } } } },
        'lost.reference': { post: { requestBody: json({ properties: { a: { $ref: '#/components/schemas/Lost' } } }) } },
        'far.reference': { post: { requestBody: json({ $ref: 'https://example.com/order.json', description: 'x' }) } },
        'round.about': { $ref: '#/webhooks/round.about' },
      },
    };
    const read = readOpenApi(document, 'shop.json');
    expect(read.types.map(({ name }) => name)).toEqual(['good.one']);
    expect(read.problems.map(({ place }) => place)).toEqual([
      'shop.json#/webhooks/not a name',
      'shop.json#/webhooks/no.body/post',
      'shop.json#/webhooks/no.json/post/requestBody/content',
      'shop.json#/webhooks/lost.reference/post/requestBody/content/application~1json/schema/properties/a/$ref',
      'shop.json#/webhooks/far.reference/post/requestBody/content/application~1json/schema/$ref',
      'shop.json#/webhooks/round.about',
    ]);
    expect(() => allTypes(read)).toThrow(CatalogueError);
    expect(readOpenApi({ openapi: '3.1.0', paths: {} }, 'a.json').problems).toHaveLength(1);
    expect(readOpenApi({ swagger: '2.0' }, 'a.json').problems).toMatchObject([{ place: 'a.json#/openapi' }]);
  });
});

describe('an AsyncAPI document', () => {
  const document = {
    asyncapi: '3.0.0',
    info: { title: 'Shop', version: '1' },
    channels: {
      orders: {
        messages: {
          'order.paid': { $ref: '#/components/messages/paid' },
          'order.kept': {
            payload: {
              schemaFormat: 'application/schema+json;version=draft-07',
              schema: { type: 'array', items: [{ type: 'string' }], additionalItems: false },
            },
          },
        },
      },
    },
    components: {
      messages: {
        paid: {
          name: 'order.paid',
          summary: 'Paid.',
          payload: { $ref: '#/components/schemas/Order' },
          examples: [{ payload: { id: 'o_1' } }],
        },
        'order.counted': { payload: { $ref: '#/components/schemas/Counted' } },
      },
      schemas: {
        Order: order,
        Counted: {
          schemaFormat: 'application/vnd.oai.openapi;version=3.0.0',
          schema: { type: 'integer', nullable: true },
        },
      },
    },
  };

  it('gives the types of its messages, with payloads behind references and in several formats', () => {
    expect(readAsyncApi(document, 'shop.yaml')).toEqual({
      problems: [],
      types: [
        { name: 'order.paid', description: 'Paid.', schema: order, example: { id: 'o_1' } },
        {
          name: 'order.kept',
          description: null,
          schema: { type: 'array', prefixItems: [{ type: 'string' }], items: false },
        },
        { name: 'order.counted', description: null, schema: { type: ['integer', 'null'] } },
      ],
    });
  });

  it('with Avro in one message is refused at that message', () => {
    const avro = structuredClone(document);
    Object.assign(avro.components.messages, {
      'order.avro': {
        payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: 'record' } },
      },
    });
    const read = readAsyncApi(avro, 'shop.yaml');
    expect(read.problems).toEqual([
      {
        place: 'shop.yaml#/components/messages/order.avro/payload/schemaFormat',
        message: expect.stringContaining('avro'),
      },
    ]);
    expect(() => allTypes(read)).toThrow('avro');
    expect(readAsyncApi({ asyncapi: '2.6.0' }, 'old.yaml').problems).toMatchObject([{ place: 'old.yaml#/asyncapi' }]);
  });
});

describe('a folder of JSON Schemas', () => {
  it('gives a type for each file, with what files refer to one another for', () => {
    const read = readJsonSchemas([
      {
        path: 'order.paid.schema.json',
        content: {
          $schema: 'http://json-schema.org/draft-07/schema#',
          description: 'Paid.',
          properties: { to: { $ref: 'address.json' }, from: { $ref: './address.json#/definitions/street' } },
          examples: [{ to: 1 }],
        },
      },
      {
        path: 'order/lost.json',
        content: {
          $id: 'lost',
          $defs: { a: { $anchor: 'A', type: 'null' } },
          properties: { a: { $ref: '#A' }, self: { $ref: '#' }, to: { $ref: '../address.json' } },
        },
      },
      { path: 'address.json', content: { type: 'object', definitions: { street: { type: 'string' } } } },
    ]);
    expect(read).toEqual({
      problems: [],
      types: [
        {
          name: 'order.paid',
          description: 'Paid.',
          example: { to: 1 },
          schema: {
            description: 'Paid.',
            examples: [{ to: 1 }],
            properties: { to: { $ref: '#/$defs/address.json' }, from: { $ref: '#/$defs/street' } },
            $defs: { 'address.json': { type: 'object' }, street: { type: 'string' } },
          },
        },
        {
          name: 'order.lost',
          description: null,
          schema: {
            properties: { a: { $ref: '#/$defs/a' }, self: { $ref: '#' }, to: { $ref: '#/$defs/address.json' } },
            $defs: { a: { type: 'null' }, 'address.json': { type: 'object' } },
          },
        },
      ],
    });
  });

  it('names files that are no schemas, or of a dialect that nobody knows', () => {
    const files = [
      { path: 'a.b.json', content: 7 },
      { path: 'a.c.json', content: { $schema: 'https://example.com/own' } },
      { path: 'a.d.json', content: { $ref: 'none.json' } },
    ];
    expect(readJsonSchemas(files).problems.map(({ place }) => place)).toEqual([
      'a.b.json#',
      'a.c.json#/$schema',
      'a.d.json#/$ref',
    ]);
    expect(readJsonSchemas([]).problems).toHaveLength(1);
  });
});

describe('a module of Zod schemas', () => {
  it('gives types by the keys of an object, and by ids', () => {
    const money = z.object({ amount: z.int(), currency: z.enum(['EUR', 'USD']) });
    const module = {
      default: { 'order.paid': z.object({ id: z.string(), total: money, before: money.nullable() }).describe('Paid.') },
      lost: z.object({ id: z.string() }).meta({ id: 'order.lost' }),
      helper: () => 1,
    };
    const { types, problems } = readZod(module, z.toJSONSchema as never, 'events.ts');
    expect(problems).toEqual([]);
    expect(types.map(({ name, description }) => [name, description])).toEqual([
      ['order.paid', 'Paid.'],
      ['order.lost', null],
    ]);
    expect(types[0]?.schema).toMatchObject({ type: 'object', required: ['id', 'total', 'before'] });
  });

  it('names schemas without a name, and those that JSON cannot say', () => {
    const module = { lost: z.string(), events: { 'a.b': z.object({ at: z.date() }), 'a.c': z.string() } };
    const { problems } = readZod(module, z.toJSONSchema as never, 'events.ts');
    expect(problems.map(({ place }) => place)).toEqual(['events.ts#/lost', 'events.ts#/events/a.b']);
  });
});

describe('a catalogue', () => {
  const parser = new Parser();
  const catalogue = {
    title: 'Shop',
    version: '3',
    profile: 'STANDARD' as const,
    types: [
      {
        name: 'order.paid',
        description: 'Paid.',
        schema: {
          type: 'object',
          properties: {
            lines: { type: 'array', items: { $ref: '#/$defs/line' } },
            up: { $ref: '#' },
            pair: { prefixItems: [{ type: 'string' }], items: false },
          },
          $defs: {
            line: {
              type: 'object',
              properties: { sku: { type: ['string', 'null'] }, more: { $ref: '#/$defs/line', description: 'More.' } },
            },
          },
          dependentRequired: { a: ['b'] },
          unevaluatedProperties: false,
        },
        example: { lines: [] },
      },
      { name: 'order.any', description: null, schema: {} },
    ],
  };

  it.each(['STANDARD', 'PLANE', 'ONPLANA', 'PLANE_CONNECTION', 'TASKS', 'TESTPLANIT', 'SLACK'] as const)(
    'of the profile %s is OpenAPI 3.1 and AsyncAPI 3 that their own validators accept, and reads back as it was',
    async (profile) => {
      const openApi = openApiOf({ ...catalogue, profile });
      const { valid, errors } = await new Validator().validate(structuredClone(openApi) as never);
      expect(errors).toBeUndefined();
      expect(valid).toBe(true);
      const asyncApi = asyncApiOf({ ...catalogue, profile });
      const { document, diagnostics } = await parser.parse(JSON.stringify(asyncApi));
      expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
      expect(
        document
          ?.messages()
          .all()
          .map((message) => message.name()),
      ).toEqual(['order.paid', 'order.any']);
      for (const read of [readOpenApi(openApi, 'o'), readAsyncApi(asyncApi, 'a')]) {
        expect(read).toEqual({ problems: [], types: catalogue.types });
      }
    },
  );
});

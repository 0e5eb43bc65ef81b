import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateTypes, readAsyncApi, readOpenApi } from '../../../client-sdk/src/catalogue/index.ts';
import { Everhook, JsonText } from '../../../client-sdk/src/index.ts';
import { TestApi, type TestTenant } from '../../support/api.ts';
import { compile, placeOf } from '../../support/typeScript.ts';

const scopeOf = ({ projectId }: TestTenant) => ({ projectId });

describe('a project’s catalogue as documents', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let other: TestTenant;
  let everhook: Everhook;
  const schema = {
    type: 'object',
    properties: { id: { type: 'string' }, lines: { type: 'array', items: { $ref: '#/$defs/line' } } },
    $defs: { line: { type: 'object', properties: { sku: { type: 'string' } } } },
  };

  const ownExample = '{"id":"o_1","total":1.10}';

  beforeAll(async () => {
    api = await TestApi.start();
    [tenant, other] = [await api.tenant(), await api.tenant()];
    everhook = new Everhook({ url: api.url, apiKey: tenant.key });
    const { projectId, organizationId } = tenant;
    await everhook.eventTypes.create({
      projectId,
      name: 'shop.own',
      schema,
      example: new JsonText(ownExample),
    });
    await everhook.eventTypes.create({ organizationId, name: 'shop.shared', schema: {}, description: 'Of all.' });
    const strict = { $ref: '#/$defs/base', unevaluatedProperties: false, $defs: { base: { properties: { n: true } } } };
    await everhook.eventTypes.create({ projectId, name: 'shop.strict', schema: strict });
    // A tree whose nodes are the whole schema, and lists whose items depend on who asks for the list.
    const tree = {
      $dynamicAnchor: 'node',
      properties: { nodes: { items: { $dynamicRef: '#node' } }, n: { type: 'integer' } },
    };
    await everhook.eventTypes.create({ projectId, name: 'shop.tree', schema: tree });
    const listOf = (type: string) => ({ $id: type, $ref: 'list', $defs: { item: { $dynamicAnchor: 'item', type } } });
    const list = { $id: 'list', items: { $dynamicRef: '#item' }, $defs: { any: { $dynamicAnchor: 'item' } } };
    const lists = {
      properties: { names: { $ref: 'string' }, counts: { $ref: 'integer' } },
      $defs: { list, string: listOf('string'), integer: listOf('integer') },
    };
    await everhook.eventTypes.create({ projectId, name: 'shop.lists', schema: lists });
    const gone = await everhook.eventTypes.create({ projectId, name: 'shop.gone', schema: {} });
    await everhook.eventTypes.archive(gone.id);
    await new Everhook({ url: api.url, apiKey: other.key }).eventTypes.create({
      projectId: other.projectId,
      name: 'foreign.type',
      schema: {},
    });
  });
  afterAll(() => api.close());

  const get = async (file: string, key: string | null = tenant.key) => {
    const response = await fetch(
      `${api.url}/v1/${file}`,
      key === null ? {} : { headers: { authorization: `Bearer ${key}` } },
    );
    return { status: response.status, body: await response.json() };
  };

  it('are OpenAPI 3.1 and AsyncAPI 3, and an import of them changes nothing', async () => {
    const { projectId } = tenant;
    const openApi = await get(`openapi.json?projectId=${projectId}`);
    expect(openApi.status).toBe(200);
    expect((await new Validator().validate(structuredClone(openApi.body))).errors).toBeUndefined();
    const asyncApi = await get(`asyncapi.json?projectId=${projectId}`);
    const { diagnostics } = await new Parser().parse(JSON.stringify(asyncApi.body));
    expect(diagnostics.filter(({ severity }) => severity === 0)).toEqual([]);
    for (const { types, problems } of [readOpenApi(openApi.body, 'o'), readAsyncApi(asyncApi.body, 'a')]) {
      expect(problems).toEqual([]);
      expect(types.map(({ name }) => name)).toEqual(
        ['crane.moved', 'shop.lists', 'shop.own', 'shop.shared', 'shop.strict', 'shop.tree'].filter((name) =>
          types.some((type) => type.name === name),
        ),
      );
      // The text of its numbers was lost when the document was parsed.
      const own = types
        .filter(({ name }) => name === 'shop.own')
        .map((type) => ({ ...type, example: new JsonText(ownExample) }));
      const plan = await everhook.eventTypes.plan({ projectId, types: own });
      expect(plan.types.map(({ change }) => change)).toEqual(['UNCHANGED']);
    }
    expect(JSON.stringify([openApi.body, asyncApi.body])).not.toMatch(/foreign|shop\.gone/);
  });

  it('say in AsyncAPI which draft a schema is of, where draft 7 has no words for it', async () => {
    const { body } = await get(`asyncapi.json?projectId=${tenant.projectId}`);
    const { messages, schemas } = body.components;
    const schemaFormat = 'application/schema+json;version=draft-2020-12';
    expect(schemas['shop.strict']).toMatchObject({ schemaFormat, schema: { unevaluatedProperties: false } });
    expect(messages['shop.strict'].payload.schemaFormat).toBe(schemaFormat);
    expect(schemas['shop.own']).toMatchObject({ type: 'object' });
    // Also for a reader that knows AsyncAPI alone.
    for (const message of Object.values(messages) as Record<string, unknown>[]) delete message['x-everhook-type'];
    const { types, problems } = readAsyncApi(body, 'a');
    expect(problems).toEqual([]);
    expect(JSON.stringify(types.find(({ name }) => name === 'shop.strict'))).toContain('"unevaluatedProperties":false');
  });

  it('keep what a $dynamicRef means, and the text of numbers', async () => {
    const trees = [{ nodes: [{ n: 1 }] }, { nodes: [{ nodes: [{ n: 1.5 }] }] }];
    const lists = [{ names: ['a'], counts: [1] }, { names: [1] }, { counts: ['a'] }];
    for (const file of ['openapi.json', 'asyncapi.json']) {
      const { body } = await get(`${file}?projectId=${tenant.projectId}`);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      ajv.addSchema(body, 'document');
      const fits = (name: string, values: readonly object[]) => {
        const format = body.components.schemas[name].schemaFormat === undefined ? '' : '/schema';
        const validate = ajv.compile({ $ref: `document#/components/schemas/${name}${format}` });
        return values.map((value) => validate(value));
      };
      expect(fits('shop.tree', trees), file).toEqual([true, false]);
      expect(fits('shop.lists', lists), file).toEqual([true, false, false]);
      const headers = { authorization: `Bearer ${tenant.key}` };
      const response = await fetch(`${api.url}/v1/${file}?projectId=${tenant.projectId}`, { headers });
      expect(await response.text()).toContain(ownExample);
    }
    for (const [name, values, expected] of [
      ['shop.tree', trees, [true, false]],
      ['shop.lists', lists, [true, false, false]],
    ] as const) {
      const taken = await Promise.all(
        values.map((data) =>
          everhook
            .project(tenant.projectId)
            .events.publish({ type: name, data })
            .then(
              () => true,
              () => false,
            ),
        ),
      );
      expect(taken).toEqual(expected);
    }
  });

  it('say what a type has become as soon as it was changed, though they are kept until then', async () => {
    const own = await api.tenant();
    const client = new Everhook({ url: api.url, apiKey: own.key });
    const names = async (file: string) => {
      const { body } = await get(`${file}?projectId=${own.projectId}`, own.key);
      const schemas: Record<string, { type?: string }> = body.components.schemas;
      return Object.entries(schemas).map(([name, { type }]) => [name, type]);
    };
    const { id } = await client.eventTypes.create({ ...scopeOf(own), name: 'a.b', schema: { type: 'object' } });
    for (const file of ['openapi.json', 'asyncapi.json']) {
      const [one, other] = await Promise.all([names(file), names(file)]);
      expect([one, other, await names(file)]).toEqual(Array(3).fill([['a.b', 'object']]));
    }
    await client.eventTypes.update(id, { schema: { type: 'array' } });
    await client.eventTypes.create({ organizationId: own.organizationId, name: 'a.c', schema: { type: 'null' } });
    for (const file of ['openapi.json', 'asyncapi.json']) {
      expect(await names(file)).toEqual([
        ['a.b', 'array'],
        ['a.c', 'null'],
      ]);
    }
    await client.eventTypes.archive(id);
    for (const file of ['openapi.json', 'asyncapi.json']) expect(await names(file)).toEqual([['a.c', 'null']]);
  });

  it('of thousands of members are written, and refused where references make them too long', async () => {
    const own = await api.tenant();
    const client = new Everhook({ url: api.url, apiKey: own.key });
    const properties = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`p${index}`, true]));
    await client.eventTypes.create({ ...scopeOf(own), name: 'a.wide', schema: { properties } });
    for (const file of ['openapi.json', 'asyncapi.json']) {
      const { body } = await get(`${file}?projectId=${own.projectId}`, own.key);
      expect(Object.keys(body.components.schemas['a.wide'].properties)).toHaveLength(4_000);
    }
    const anyOf = Array.from({ length: 1_000 }, () => ({ $ref: '#it' }));
    const schema = { anyOf, $defs: { ['n'.repeat(30_000)]: { $anchor: 'it' } } };
    await client.eventTypes.create({ ...scopeOf(own), name: 'a.long', schema });
    const refused = await get(`openapi.json?projectId=${own.projectId}`, own.key);
    expect(refused).toMatchObject({ status: 400, body: { code: 'LIMIT_EXCEEDED', field: 'projectId' } });
  });

  it('become TypeScript, which knows every type that can be published, and what Everhook publishes itself', async () => {
    const types = await everhook.project(tenant.projectId).eventTypes.list();
    const text = await generateTypes(types, { source: `project ${tenant.projectId}` });
    const use = (sku: string) => `
      const fits: Events['shop.own'] = { id: 'o_1', lines: [{ sku: ${sku} }] };
      const names: ('shop.own' | 'shop.shared')[] = ['shop.own', 'shop.shared'] satisfies (keyof Events)[];
      type Webhook = PlatformEvents['everhook.webhook.degraded']['webhook']['id'];
      export const all: [typeof fits, typeof names, Webhook] = [fits, names, 'w'];`;
    const files = {
      'types.ts': text,
      'good.ts': `import type { Events, PlatformEvents } from './types.ts';${use("'a'")}`,
      'bad.ts': `import type { Events, PlatformEvents } from './types.ts';${use('7')}`,
    };
    const complaints = await compile(files);
    expect(complaints.map((complaint) => [complaint.file, placeOf(complaint, files).slice(0, 3)])).toEqual([
      ['bad.ts', 'sku'],
    ]);
    expect(text).not.toContain('shop.gone');
  });

  it('are for credentials that may see the project; without one named, OpenAPI is open and without any tenant', async () => {
    for (const file of ['openapi.json', 'asyncapi.json']) {
      expect(await get(`${file}?projectId=${tenant.projectId}`, null)).toMatchObject({ status: 401 });
      expect(await get(`${file}?projectId=${tenant.projectId}`, other.key)).toMatchObject({ status: 404 });
      expect(await get(`${file}?projectId=`)).toMatchObject({ status: 400, body: { field: 'projectId' } });
      expect(await get(`${file}?projectId=a&projectId=b`)).toMatchObject({ status: 400 });
    }
    expect(await get('asyncapi.json')).toMatchObject({ status: 400, body: { field: 'projectId' } });
    const open = await get('openapi.json', null);
    expect(open.status).toBe(200);
    expect(open.body.info.title).toBe('Everhook REST API');
    expect(JSON.stringify(open.body)).not.toContain('shop.');
  });
});

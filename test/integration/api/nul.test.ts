import {
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../../schema/schema.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';

/** What PostgreSQL's text cannot hold. */
const nul = 'a\u0000b';

describe('U+0000 in a text from outside', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let webhookId: string;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    webhookId = (await api.webhook(tenant)).id;
  });
  afterAll(() => api.close());

  const usual: Record<string, unknown> = {
    Int: 1,
    Float: 1,
    Boolean: true,
    DateTime: '2026-11-01T00:00:00Z',
    Duration: 'PT5S',
    JSON: {},
  };
  const named: Record<string, () => unknown> = {
    organizationId: () => tenant.organizationId,
    projectId: () => tenant.projectId,
    webhookId: () => webhookId,
    id: () => webhookId,
    url: () => 'http://127.0.0.1:9/',
    baseUrl: () => 'https://tracker.example',
    type: () => 'crane.moved',
    eventTypes: () => 'crane.moved',
    data: () => ({}),
  };

  /** What is to be sent where: texts as they would be taken, and U+0000 in one of them. */
  interface Wanted {
    readonly place: string;
    /** Whether what may be left out is, unless the place is in it: what else is there may be refused before the place is. */
    readonly least: boolean;
    /** Told of every place where a text stands. */
    readonly found?: (place: string) => void;
  }

  function sample(type: GraphQLInputType, name: string, path: string, wanted: Wanted): unknown {
    const inner = getNullableType(type);
    if (isListType(inner)) return [sample(inner.ofType, name, `${path}[0]`, wanted)];
    if (isInputObjectType(inner)) {
      return members(
        Object.values(inner.getFields()).map((field) => [field.name, field.type] as const),
        `${path}.`,
        wanted,
      );
    }
    if (isEnumType(inner)) return inner.getValues()[0]?.name;
    const scalar = String(inner);
    if (scalar === 'String' || scalar === 'ID') wanted.found?.(path);
    return path === wanted.place ? nul : (named[name]?.() ?? usual[scalar] ?? 'x');
  }

  const members = (
    fields: readonly (readonly [name: string, type: GraphQLInputType])[],
    path: string,
    wanted: Wanted,
  ) =>
    Object.fromEntries(
      fields
        .filter(
          ([name, type]) =>
            !wanted.least ||
            isNonNullType(type) ||
            `${wanted.place}.`.replace('[', '.').startsWith(`${path}${name}.`) ||
            /Id$/.test(name),
        )
        .map(([name, type]) => [name, sample(type, name, `${path}${name}`, wanted)]),
    );

  const fields = (['query', 'mutation'] as const).flatMap((kind) => {
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    return Object.values((type as GraphQLObjectType).getFields()).map((field) => ({ kind, field }));
  });

  it('is an error of the caller’s, in whatever argument of whatever field it stands', {
    timeout: 120_000,
  }, async () => {
    let asked = 0;
    let refused = 0;
    for (const { kind, field } of fields) {
      const args = field.args
        .filter(({ name }) => !['before', 'last'].includes(name))
        .map(({ name, type }) => [name, type] as const);
      const places: string[] = [];
      members(args, '', { place: '', least: false, found: (place) => places.push(place) });
      const selection = isObjectType(getNamedType(field.type)) ? ' { __typename }' : '';
      for (const place of places) {
        for (const least of [false, true]) {
          const variables = members(args, '', { place, least });
          const given = args.filter(([name]) => name in variables);
          const declared = given.map(([name, type]) => `$${name}: ${type}`).join(', ');
          const passed = given.map(([name]) => `${name}: $${name}`).join(', ');
          const query = `${kind} (${declared}) { ${field.name}(${passed})${selection} }`;
          const { errors } = await api.ask(tenant.key, query, variables);
          const { code } = errors?.[0]?.extensions ?? {};
          expect(
            ['INTERNAL', 'UNAVAILABLE'].includes(String(code)),
            `${field.name} ${JSON.stringify(variables)}: ${code} ${errors?.[0]?.message}`,
          ).toBe(false);
          asked += 1;
          if (code === 'VALIDATION_FAILED' || code === 'NOT_FOUND') refused += 1;
        }
      }
    }
    expect(asked).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(asked / 2);
    expect(api.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('is an error of the caller’s in whatever member of a REST body', async () => {
    const members = {
      url: 'http://127.0.0.1:9/',
      events: ['task.created'],
      secret: null,
      name: 'x',
      description: 'x',
      project_id: tenant.projectId,
    };
    for (const name of Object.keys(members)) {
      const body = { ...members, secret: undefined, [name]: name === 'events' ? [nul] : nul };
      const response = await fetch(`${api.url}/v1/webhooks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([name, response.status < 500 && response.status >= 400]).toEqual([name, true]);
      expect(await response.text()).toContain(name);
    }
    for (const query of ['cursor=%00', 'project_id=%00', 'limit=%00', '%00=1']) {
      const response = await fetch(`${api.url}/v1/webhooks?${query}`, {
        headers: { authorization: `Bearer ${tenant.key}` },
      });
      expect(response.status, query).toBeLessThan(500);
    }
  });
});

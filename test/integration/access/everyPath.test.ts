import type { GraphQLField, GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../../schema/schema.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';
import { calls } from './calls.ts';
import { objectOf, selections, shortly } from './selections.ts';
import { readTable } from './table.ts';
import { principals, World } from './world.ts';

describe('no path through the schema', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let world: World;
  let keys: Record<string, string>;
  let table: Map<string, Record<string, string>>;

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    world = await World.of(api, tenant);
    keys = await principals(api, tenant);
    table = await readTable('Queries');
  });
  afterAll(() => api.close());

  const query = schema.getQueryType() as GraphQLObjectType;

  it.each([
    ['API key', ['webhook', 'inboundWebhook', 'delivery', 'event']],
    ['replay key', ['webhook', 'inboundWebhook', 'delivery', 'event']],
    ['other tenant', ['webhook', 'inboundWebhook', 'delivery', 'event', 'organization', 'project']],
  ] as const)('leads the %s to what it may not read', { timeout: 60_000 }, async (column, hidden) => {
    const ids = hidden.map((name) => world.id(name));
    const open = [...table].filter(([, cells]) => ['yes', 'own'].includes(cells[column] ?? '')).map(([name]) => name);
    let asked = 0;
    let answered = 0;
    for (const name of open) {
      const field = query.getFields()[name] as GraphQLField<unknown, unknown>;
      const type = objectOf(field.type);
      if (type === null) continue;
      const beginning = shortly(field, (calls[`Query.${name}`] as string).replace(/ *\{[^()]*$/s, ''));
      for (const selection of selections(type)) {
        const operation = await world.operation('query', `${beginning} { ${selection} }`);
        const { text, errors } = await api.ask(keys[column] as string, operation.query, operation.variables);
        const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
        expect(
          codes.filter((code) => !['FORBIDDEN', 'NOT_FOUND'].includes(String(code))),
          selection,
        ).toEqual([]);
        for (const id of ids) expect(text.includes(id), `${beginning} { ${selection} } shows ${id}`).toBe(false);
        asked += 1;
        if (!errors) answered += 1;
      }
    }
    // Paths are really gone: most of them are refused or empty, and some are answered.
    expect(asked).toBeGreaterThan(30);
    expect(answered).toBeGreaterThan(5);
  });

  it('is closed to who may read', async () => {
    const found = new Set<string>();
    const ask = async (text: string) => {
      const operation = await world.operation('query', text);
      const answer = await api.ask(keys.VIEWER as string, operation.query, operation.variables);
      for (const name of ['webhook', 'inboundWebhook', 'delivery', 'event'] as const) {
        if (answer.text.includes(world.id(name))) found.add(name);
      }
    };
    for (const selection of selections(schema.getType('Organization') as GraphQLObjectType)) {
      await ask(`organization(id: $organization) { ${selection} }`);
    }
    expect([...found].sort()).toEqual(['delivery', 'event', 'webhook']);
    // No webhook leads to what a tracker reported: the log alone does.
    for (const selection of selections(schema.getType('DeliveryConnection') as GraphQLObjectType)) {
      await ask(`deliveries(first: 2, projectId: $project, direction: INBOUND) { ${selection} }`);
    }
    expect(found).toContain('inboundWebhook');
  });
});

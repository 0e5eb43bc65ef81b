import type { GraphQLInterfaceType, GraphQLObjectType } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerBudgets, answerHolderOf } from '../../../core/answers/budgets.ts';
import { createContext } from '../../../schema/context.ts';
import { schema } from '../../../schema/schema.ts';
import { createGraphQLEngine } from '../../../server/http/graphql.ts';
import { createPresenter } from '../../../server/http/present.ts';
import { operatorKey, type TestApi, type TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';
import { type Call, calls } from './calls.ts';
import { readTable } from './table.ts';
import { principals, World } from './world.ts';

const kinds = { Query: 'Queries', Mutation: 'Mutations', Subscription: 'Subscriptions' } as const;

/** The field of Query that shows rows of a type, to those who may see them. */
const fieldOf: Readonly<Record<string, string>> = {
  ApiKey: 'apiKeys',
  AuditEvent: 'auditEvents',
  Deletion: 'deletion',
  Delivery: 'delivery',
  Erasure: 'erasure',
  Event: 'event',
  EventType: 'eventType',
  EventTypeVersion: 'eventType',
  InboundWebhook: 'inboundWebhook',
  Issue: 'issues',
  IssueIntegration: 'issueIntegration',
  Member: 'members',
  Organization: 'organization',
  PortalLink: 'portalLinks',
  Project: 'project',
  Recovery: 'recovery',
  Session: 'sessions',
  Webhook: 'webhook',
  WebhookHealthChange: 'webhook',
};

const callOf = (name: string): Call => {
  const call = calls[name];
  if (call === undefined) throw new Error(`${name} has no call in calls.ts: add one, and a row to docs/access.md.`);
  return typeof call === 'string' ? { text: call } : call;
};

describe.each(Object.entries(kinds))('the fields of %s', (kind, heading) => {
  let api: TestApi;
  let tenant: TestTenant;
  let world: World;
  let keys: Record<string, string>;
  let table: Map<string, Record<string, string>>;
  const fields = Object.keys((schema.getType(kind) as GraphQLObjectType).getFields());

  beforeAll(async () => {
    api = await startWithUsers();
    tenant = await api.tenant();
    world = await World.of(api, tenant);
    keys = await principals(api, tenant);
    table = await readTable(heading);
  });
  afterAll(() => api.close());

  /** What the caller of a field is told. */
  async function answer(key: string, { text }: Call): Promise<{ code: string | null; text: string }> {
    const { query, variables } = await world.operation(kind, text);
    if (kind !== 'Subscription') {
      const { data, errors, text: body } = await api.ask(key, query, variables);
      if (errors) return { code: String(errors[0]?.extensions.code), text: body };
      // A row that is looked for by its id alone is null where nobody may see it.
      return { code: data.node === null || data.nodes?.[0] === null ? 'NOT_FOUND' : null, text: body };
    }
    const presenter = createPresenter(pino({ level: 'silent' }));
    const engine = createGraphQLEngine(presenter);
    const prepared = engine.prepare({ query, variables, operationName: undefined });
    if ('refused' in prepared) throw new Error(JSON.stringify(prepared.refused));
    const authorization = `Bearer ${key}`;
    const { services } = api.service;
    const principal = await services.authenticate(authorization);
    const answer = new AnswerBudgets().operation(answerHolderOf(principal));
    const context = createContext(services, principal, answer);
    const stream = await engine.subscribe(prepared, context, async () => context);
    if (!(Symbol.asyncIterator in stream)) {
      return {
        code: String(presenter.result(stream, undefined, prepared.document).errors?.[0]?.extensions?.code),
        text: '',
      };
    }
    await stream.return?.();
    return { code: null, text: '' };
  }

  async function outcome(column: string, call: Call): Promise<string> {
    const { code, text } = await answer(keys[column] as string, call);
    if (code === 'FORBIDDEN') return 'no';
    if (code === 'NOT_FOUND') return 'unseen';
    if (code !== null && !call.letIn?.includes(code)) return code;
    if (column !== 'other tenant') return 'yes';
    return world.ids.some((id) => text.includes(id)) ? 'a leak' : 'own';
  }

  it('are all in the table, and nothing else is', () => {
    expect([...table.keys()].sort()).toEqual([...fields].sort());
  });

  it.each(fields)('%s gives each principal what the table says', async (field) => {
    const call = callOf(`${kind}.${field}`);
    const found: Record<string, string> = {};
    for (const column of Object.keys(keys)) found[column] = await outcome(column, call);
    expect(found).toEqual(table.get(field));
  });

  // Only queries find rows by an id alone.
  const showsRows = kind === 'Query' ? it : null;
  showsRows?.('show a row of any type by its id alone to those whom its own field shows it', async () => {
    const nodes = await world.nodes();
    const types = schema.getPossibleTypes(schema.getType('Node') as GraphQLInterfaceType);
    expect(Object.keys(nodes).sort()).toEqual(types.map(({ name }) => name).sort());
    const query = 'query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: ["no id", $id, $id]) { id } }';
    for (const [type, id] of Object.entries(nodes)) {
      for (const [column, key] of Object.entries(keys)) {
        const { node, nodes } = await api.data(key, query, { id: id.toUpperCase() });
        const shown = table.get(fieldOf[type] ?? type)?.[column] === 'yes';
        expect({ column, node }).toEqual({ column, node: shown ? { __typename: type, id } : null });
        expect(nodes).toEqual(shown ? [null, { id }, { id }] : [null, null, null]);
      }
    }
    // A profile's types are everybody's.
    const { eventTypes } = await api.data(operatorKey, '{ eventTypes(profile: TASKS) { id } }');
    for (const key of Object.values(keys)) {
      const { node } = await api.data(key, query, { id: eventTypes[0].id });
      expect(node).toEqual({ __typename: 'EventType', id: eventTypes[0].id });
    }
    const ids = Array.from({ length: 101 }, () => nodes.Webhook);
    expect(await api.refusal(tenant.key, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toEqual({
      code: 'LIMIT_EXCEEDED',
      field: 'ids',
    });
  });

  it('are nobody’s without a credential', async () => {
    const { query, variables } = await world.operation('query', 'viewer { kind }');
    for (const key of [null, 'ehk_unknown', 'ehp_unknown', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciJ9.']) {
      expect((await api.ask(key, query, variables)).status).toBe(401);
    }
  });
});

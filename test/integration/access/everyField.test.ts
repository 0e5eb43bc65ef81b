import type { GraphQLObjectType } from 'graphql';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerBudgets, answerHolderOf } from '../../../core/answers/budgets.ts';
import { createContext } from '../../../schema/context.ts';
import { schema } from '../../../schema/schema.ts';
import { createGraphQLEngine } from '../../../server/http/graphql.ts';
import { createPresenter } from '../../../server/http/present.ts';
import type { TestApi, TestTenant } from '../../support/api.ts';
import { startWithUsers } from '../../support/users.ts';
import { type Call, calls } from './calls.ts';
import { readTable } from './table.ts';
import { principals, World } from './world.ts';

const kinds = { Query: 'Queries', Mutation: 'Mutations', Subscription: 'Subscriptions' } as const;

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
      const { errors, text: body } = await api.ask(key, query, variables);
      return { code: errors ? String(errors[0]?.extensions.code) : null, text: body };
    }
    const presenter = createPresenter(pino({ level: 'silent' }));
    const engine = createGraphQLEngine(presenter);
    const prepared = engine.prepare({ query, variables, operationName: undefined });
    if ('refused' in prepared) throw new Error(JSON.stringify(prepared.refused));
    const authorization = `Bearer ${key}`;
    const { services } = api.service;
    const principal = await services.authenticate(authorization);
    const answer = new AnswerBudgets().operation(answerHolderOf(principal));
    const context = createContext(services, principal, authorization, answer);
    const stream = await engine.subscribe(prepared, context, async () => context);
    if (!(Symbol.asyncIterator in stream)) {
      return { code: String(presenter.result(stream, prepared.document).errors?.[0]?.extensions?.code), text: '' };
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

  it('are nobody’s without a credential', async () => {
    const { query, variables } = await world.operation('query', 'viewer { kind }');
    for (const key of [null, 'ehk_unknown', 'ehp_unknown', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciJ9.']) {
      expect((await api.ask(key, query, variables)).status).toBe(401);
    }
  });
});

import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type GraphQLField,
  type GraphQLObjectType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { complexityLimits } from '../../../schema/builder.ts';
import { mutationCost } from '../../../schema/connection.ts';
import { findableTypes } from '../../../schema/node.ts';
import { schema } from '../../../schema/schema.ts';

type Field = GraphQLField<unknown, unknown>;

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).map(
  (field) => [field.name, field] as const,
);

/** All fields of all types, by `Type.field`. */
const fields = Object.values(schema.getTypeMap()).flatMap((type): [string, Field][] =>
  isObjectType(type) || isInterfaceType(type)
    ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field])
    : [],
);

/** The cost of a field that computes it from its arguments: its own, and how often that of its fields counts. */
const costOf = ({ extensions }: Field, args: object): { field: number; multiplier: number } => {
  const cost = (extensions.complexity as (args: object) => number | { field: number; multiplier: number })(args);
  return typeof cost === 'number' ? { field: cost, multiplier: 1 } : cost;
};

describe('a mutation', () => {
  it.each(mutations)('%s takes one input of its own, and answers a payload', (name, { args, type }) => {
    const Name = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(args.map((each) => `${each.name}: ${each.type}`)).toEqual([`input: ${Name}Input!`]);
    expect(String(type)).toBe(`${Name}Payload!`);
  });

  it.each(mutations)('%s has a cost that bounds how many of it one operation may contain', (_name, { extensions }) => {
    expect(extensions.complexity).toEqual(mutationCost);
  });
});

describe('a type with an id', () => {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const identified = types
    .filter((type) => String(type.getFields().id?.type) === 'ID!')
    .map((type) => [type.name, type]);

  it.each(identified as [string, GraphQLObjectType][])('%s is a Node, which its id alone finds', (_name, type) => {
    expect(type.getInterfaces().map(String)).toEqual(['Node']);
    expect(findableTypes()).toContain(type.name);
  });
});

describe('a list by pages', () => {
  const lists = fields.filter(([, { args }]) => args.some(({ name }) => name === 'first'));

  it.each(lists)('%s has a cost that also refuses pages that cannot be', (_name, field) => {
    expect(() => costOf(field, { first: 1, last: 1 })).toThrow('not for both');
    expect(String(field.type)).toMatch(/Connection!$/);
  });

  it.each(lists)('%s costs with no rows what it reads apart from its rows', (_name, field) => {
    expect(costOf(field, { first: 0 })).toEqual(costOf(field, { first: 1 }));
    expect(costOf(field, { last: 0 }).multiplier).toBe(1);
  });

  it.each(lists)(
    '%s is not read along with its rows’ owners: the store would read every row of each',
    (_name, field) => {
      expect(Object.keys(field.extensions)).not.toContain('pothosPrismaSelect');
    },
  );
});

describe('a cost', () => {
  const costOfQuery = (document: string) => complexityFromQuery(document, { schema, ctx: {} }).complexity;
  /** The least that an argument can be, where it is checked before its field's cost is computed. */
  const least = ({ name, type }: Field['args'][number]): unknown => {
    const bare = getNullableType(type);
    if (name === 'first') return 0;
    if (isListType(bare)) return [];
    return { Int: 1, DateTime: new Date(0), Bucket: 'DAY' }[String(bare)];
  };
  const computed = fields.filter(([, { extensions }]) => typeof extensions.complexity === 'function');

  it.each(computed)(
    'of %s is never nothing, and that of its fields counts at least once, however its arguments are chosen',
    (_name, field) => {
      const args = Object.fromEntries(
        field.args.map((arg) => [arg.name, arg.name === 'last' ? undefined : least(arg)]),
      );
      const cost = costOf(field, args);
      expect(Math.min(cost.field, cost.multiplier)).toBeGreaterThanOrEqual(1);
    },
  );

  it('counts what is read within lists without rows, as each of them has totals', () => {
    const totals = (count: number) => Array.from({ length: count }, (_, at) => `t${at}: totalCount`).join(' ');
    const nested = (first: number) =>
      `{ deliveries(first: 100) { edges { node { webhook { deliveries(first: ${first}) { ${totals(100)} } } } } } }`;
    expect(costOfQuery('{ events(first: 0) { totalCount } }')).toBe(101);
    expect(costOfQuery(nested(0))).toBe(costOfQuery(nested(1)));
    expect(costOfQuery(nested(0))).toBeGreaterThan(20 * complexityLimits.complexity);
  });
});

describe('the beginning of a stored text', () => {
  it('is shown for a page of the longest, but not for six: each is read as a whole', () => {
    const page = 'deliveries(first: 100) { edges { node { id payloadPreview } } }';
    const cost = complexityFromQuery(`{ ${page} }`, { schema, ctx: {} }).complexity;
    expect(complexityLimits.complexity / cost).toBeGreaterThan(1);
    expect(complexityLimits.complexity / cost).toBeLessThan(6);
  });
});

describe('a list within a list', () => {
  const cost = (list: string) =>
    complexityFromQuery(`{ webhooks(first: 100) { edges { node { ${list} { edges { cursor } } } } } }`, {
      schema,
      ctx: {},
    }).complexity;

  it('may be searched by a filter some hundred times in one operation, because each is searched by itself', () => {
    const plain = cost('deliveries(first: 1)');
    expect(plain).toBeLessThan(1_000);
    for (const filter of ['statuses: [FAILED]', 'labels: [{ key: "customer", value: "c_42" }]', 'isTest: false']) {
      const searched = cost(`deliveries(first: 1, ${filter})`);
      expect(searched).toBeGreaterThan(100 * 49);
      expect(complexityLimits.complexity / searched).toBeLessThan(6);
    }
    expect(cost('deliveries(first: 1, statuses: null)')).toBe(plain);
  });
});

describe('what shows events or deliveries', () => {
  const shown = fields.filter(([, { type }]) => /^(Event|Delivery)Connection!$/.test(String(type)));
  const followed = Object.values(schema.getSubscriptionType()?.getFields() ?? {}).filter(({ type }) =>
    /^(Event|Delivery)!$/.test(String(type)),
  );

  it.each([...shown, ...followed.map((field) => [`Subscription.${field.name}`, field] as const)])(
    '%s is filtered by labels',
    (_name, { args }) => {
      expect(args.map(({ name, type }) => `${name}: ${type}`)).toContain('labels: [LabelInput!]');
    },
  );

  it('by the same conditions in every list of deliveries', () => {
    const deliveries = shown.filter(([, { type }]) => String(type) === 'DeliveryConnection!');
    const [, log] = deliveries.find(([name]) => name === 'Query.deliveries') as [string, Field];
    const ofTheLogAlone = ['webhookId', 'projectId', 'organizationId', 'scope', 'eventId', 'direction'];
    const common = log.args.map(({ name }) => name).filter((name) => !ofTheLogAlone.includes(name));
    expect(deliveries.length).toBeGreaterThan(2);
    for (const [name, { args }] of deliveries) {
      expect(
        args.map((each) => each.name).filter((each) => !ofTheLogAlone.includes(each)),
        name,
      ).toEqual(common);
    }
  });
});

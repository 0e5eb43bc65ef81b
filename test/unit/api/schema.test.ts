import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type GraphQLField, type GraphQLObjectType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { complexityLimits } from '../../../schema/builder.ts';
import { mutationCost, nestedPageCost, pageCost } from '../../../schema/connection.ts';
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

  it.each(lists)('%s has the cost that also refuses pages that cannot be', (_name, { extensions, type }) => {
    expect([pageCost, nestedPageCost]).toContain(extensions.complexity);
    expect(String(type)).toMatch(/Connection!$/);
  });

  it.each(lists)(
    '%s is not read along with its rows’ owners: the store would read every row of each',
    (_name, field) => {
      expect(Object.keys(field.extensions)).not.toContain('pothosPrismaSelect');
    },
  );
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

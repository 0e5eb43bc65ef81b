import { type GraphQLField, type GraphQLResolveInfo, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';
import { z } from 'zod';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { countedPages, maxTotal } from './page.ts';

/** The cost of a total: a field's for every ten ids that it may read. */
const totalCost = ({ atMost }: { readonly atMost: number }) => Math.ceil(atMost / 10);

interface Counted {
  readonly count: number;
  readonly more: boolean;
}

/** A page of a list. */
interface Connection {
  readonly edges: readonly unknown[];
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly counted?: number;
}

/** What answered a list: a field of a row, with its arguments. */
interface Source {
  readonly field: GraphQLField<unknown, Context>;
  readonly parent: unknown;
  readonly args: object;
  /** What was counted of it, by where counting stops: however often an operation asks, it is counted once. */
  readonly totals: Map<number, Promise<Counted>>;
}

const sources = new WeakMap<object, Source>();

const Total = builder.objectRef<Counted>('Total').implement({
  description: 'How many rows a list has, on all its pages together.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'The number of rows; where there are more, how many were counted.' }),
    more: t.exposeBoolean('more', { description: 'Whether there are more rows than `count`.' }),
  }),
});

const bound = z.int().min(1, 'Count up to 1 at least.').max(maxTotal, `Count up to ${maxTotal} at most.`);

builder.globalConnectionField('total', (t) =>
  t.field({
    type: Total,
    description:
      'How many rows the list has, counted up to a bound. For the number alone, ask the list for `first: 0`.',
    complexity: totalCost,
    args: {
      atMost: t.arg.int({
        required: true,
        defaultValue: maxTotal,
        validate: bound,
        description: `Where to stop counting: 1 to ${maxTotal}.`,
      }),
    },
    resolve: (connection, { atMost }, context, info) =>
      totalOf(sources.get(connection) as Source, atMost, context, info),
  }),
);

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    nullable: true,
    description: `How many rows the list has. Null where there are more than ${maxTotal}: then \`total\` says how many there are at least.`,
    complexity: totalCost({ atMost: maxTotal }),
    resolve: async (connection, _args, context, info) => {
      const { count, more } = await totalOf(sources.get(connection) as Source, maxTotal, context, info);
      return more ? null : count;
    },
  }),
);

function totalOf(source: Source, atMost: number, context: Context, info: GraphQLResolveInfo): Promise<Counted> {
  const total = source.totals.get(atMost) ?? counted(source, atMost, context, info);
  source.totals.set(atMost, total);
  return total;
}

/** Counts a list as its own field finds it: by asking that field for one long page, of ids alone. */
async function counted(
  { field, parent, ...asked }: Source,
  atMost: number,
  context: Context,
  { path, ...info }: GraphQLResolveInfo,
): Promise<Counted> {
  const args = { ...asked.args, first: atMost, after: null, last: null, before: null };
  countedPages.add(args);
  const { pothosOptions } = field.extensions as unknown as Extensions;
  // Whatever the total is called, the lists of all siblings are counted together.
  const ofList = { ...info, path: path.prev ?? path };
  const { edges, pageInfo, counted: count = edges.length } = await pothosOptions.resolve(parent, args, context, ofList);
  return { count, more: pageInfo.hasNextPage };
}

/** What Pothos keeps with a field: how it is answered. */
interface Extensions {
  readonly pothosOptions: {
    resolve(parent: unknown, args: object, context: Context, info: GraphQLResolveInfo): Promise<Connection>;
  };
}

/** Makes each list remember by which field it was answered, for its total. */
export function countingLists(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()) as GraphQLField<unknown, Context>[]) {
      const list = getNamedType(field.type);
      const { resolve } = field;
      if (!resolve || !isObjectType(list) || String(list.getFields().total?.type) !== 'Total!') continue;
      field.resolve = (parent, args, context, info) => {
        const remember = (connection: unknown) => {
          if (typeof connection === 'object' && connection !== null) {
            sources.set(connection, { field, parent, args, totals: new Map() });
          }
          return connection;
        };
        const answer = resolve(parent, args, context, info);
        return answer instanceof Promise ? answer.then(remember) : remember(answer);
      };
    }
  }
  return schema;
}

import { brandWithType } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import { ApiError } from '../core/ground/errors.ts';
import { parseId } from '../core/ground/parseId.ts';
import { builder } from './builder.ts';
import { type Context, prismaOf } from './context.ts';
import { pageSize } from './page.ts';

interface Identified {
  readonly id: string;
}

/** Where the rows of a type are, and how a principal reads them. */
interface NodeSource {
  /** Their table, whose key is the column `id`. */
  readonly table: string;
  /**
   * The rows with these ids that the principal may see, as the type's other fields show them. The others are left out.
   *
   * @param query - what the operation selects of them
   */
  read?(context: Context, query: { select: { id: true } }, ids: string[]): Promise<readonly Identified[]>;
  /** The same, for a type that is not read by what is selected of it. */
  readWhole?(context: Context, ids: string[]): Promise<readonly Identified[]>;
  /** Rows that are part of the code, and open to all. */
  inMemory?(id: string): Identified | undefined;
}

const sources = new Map<string, NodeSource>();

/** A row that has an id of its own, found by that id alone. */
export const Node = builder.interfaceRef<Identified>('Node').implement({
  description: 'A row with an id of its own. `node` and `nodes` find it again by that id alone.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'A UUID: no two rows of any types have the same.' }) }),
});

/** Makes the rows of a type known to `node` and `nodes`. The type itself names {@link Node} among its interfaces. */
export function findable(typeName: string, source: NodeSource): void {
  sources.set(typeName, source);
}

/** The types whose rows are found by an id alone. */
export const findableTypes = (): string[] => [...sources.keys()];

/** The rows of a type that `node` finds, those that the principal may see. @param selected - what the operation selects of them */
export async function rowsOfType(
  typeName: string,
  context: Context,
  selected: () => { select: { id: true } },
  ids: string[],
): Promise<readonly Identified[]> {
  const source = sources.get(typeName);
  return (await (source?.readWhole?.(context, ids) ?? source?.read?.(context, selected(), ids))) ?? [];
}

/** Which type each id is of: one look-up by key in each table. It is told to nobody; what may be seen is read after it. */
async function typesOf(context: Context, ids: readonly string[]): Promise<Map<string, string[]>> {
  const tables = [...sources].map(
    ([type, { table }]) => `SELECT '${type}' AS type, id FROM ${table} WHERE id = ANY($1::uuid[])`,
  );
  const rows = await prismaOf(context).$queryRawUnsafe<{ type: string; id: string }[]>(tables.join(' UNION ALL '), ids);
  const found = new Map<string, string[]>();
  for (const { type, id } of rows) found.set(type, [...(found.get(type) ?? []), id]);
  return found;
}

/** @returns the rows in the order of the ids; null where there is none, or none that the principal may see */
async function nodesOf(
  context: Context,
  texts: readonly string[],
  info: GraphQLResolveInfo,
): Promise<(Identified | null)[]> {
  const ids = texts.map(parseId);
  const rows = new Map<string, Identified>();
  const add = (typeName: string, row: Identified) => {
    brandWithType(row, typeName as never);
    rows.set(row.id, row);
  };
  for (const id of new Set(ids.filter((each) => each !== null))) {
    for (const [typeName, { inMemory }] of sources) {
      const row = inMemory?.(id);
      // A copy, because the mark of its type is put on it.
      if (row) add(typeName, { ...row });
    }
  }
  const stored = [...new Set(ids.filter((id) => id !== null && !rows.has(id)))] as string[];
  const reads = [...(stored.length > 0 ? await typesOf(context, stored) : [])].map(async ([typeName, known]) => {
    const selected = () => queryFromInfo({ context, info, typeName, select: { id: true } }) as { select: { id: true } };
    for (const row of await rowsOfType(typeName, context, selected, known)) add(typeName, row);
  });
  await Promise.all(reads);
  return ids.map((id) => (id === null ? null : (rows.get(id) ?? null)));
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'A row of any type. Null where there is none, or none that the principal may see.',
    args: { id: t.arg.id({ required: true, description: 'The id that the row has everywhere.' }) },
    resolve: async (_root, { id }, context, info) => (await nodesOf(context, [id], info))[0] ?? null,
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: 'Rows of any types, in the order of the ids. Null in place of each that the principal may not see.',
    complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }),
    args: { ids: t.arg.idList({ required: true, description: 'Up to 100.' }) },
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > pageSize.max) {
        throw new ApiError('LIMIT_EXCEEDED', `Name at most ${pageSize.max} ids at a time.`, 'ids');
      }
      return nodesOf(context, ids, info);
    },
  }),
}));

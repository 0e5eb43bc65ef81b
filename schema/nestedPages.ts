import { queryFromInfo } from '@pothos/plugin-prisma';
import type { GraphQLResolveInfo } from 'graphql';
import type { Permission } from '../core/access/principal.ts';
import { visible } from '../core/access/visible.ts';
import type { Bounds } from '../core/listing/indexedList.ts';
import { Parameters } from '../core/listing/parameters.ts';
import { type Scopes, scopesOf } from '../core/listing/scopes.ts';
import { batched, type Loader } from './batched.ts';
import { type Context, prismaOf } from './context.ts';
import { countedPage, type ListedPage, listedPage } from './listed.ts';
import { rowsOfType } from './node.ts';
import { countedPages, type PageArgs, pageSize } from './page.ts';

/** A list that each row of another type has, newest first. */
export interface NestedList {
  /** The type of its rows: one that `node` finds. */
  readonly type: string;
  readonly table: string;
  /** The column of the row that has the list. */
  readonly owner: string;
  /** The column that orders it, where ids do not. */
  readonly orderedBy?: string;
  /** SQL on a row `r`: what else is true of those in the list. */
  readonly where?: string;
  /** Who sees a row has this in its scope; left out: anything. */
  readonly permission?: Permission;
  /** SQL on a row `r` of `owner.id`: whether it is in the scopes. */
  within(scopes: Scopes, parameters: Parameters): string;
}

export interface Row {
  readonly id: string;
}

/**
 * A page of a list that each of several rows has. One statement finds the ids of all of these pages, and one reads their rows.
 * The store's own nested page reads every row of each list, and takes the page from those in memory: the log of a webhook may
 * have millions.
 *
 * @param path - from the field to its rows
 */
export async function nestedPage<Each extends Row>(
  list: NestedList,
  { id }: Row,
  args: PageArgs,
  context: Context,
  info: GraphQLResolveInfo,
  path: string[] = ['edges', 'node'],
): Promise<ListedPage<Each>> {
  // Siblings are answered together: they have the same place, and so the same arguments and fields.
  const place = placeOf(info.path);
  const once = <T>(what: string, load: () => Loader<T>) => context.loaders.once(`${what} ${place}`, async () => load());
  if (countedPages.has(args)) {
    const count = (args.first ?? pageSize.default) + 1;
    const countOf = await once<number>(`${count} counted`, () =>
      batched((owners) => countRows(list, owners, count, context)),
    );
    return countedPage(args, (await countOf(id)) ?? 0);
  }
  return listedPage<Each>(
    args,
    async (bounds, count) => {
      const idsOf = await once<string[]>('ids', () =>
        batched((owners) => readIds(list, owners, bounds, count, context)),
      );
      return { ids: (await idsOf(id)) ?? [], endedAt: null };
    },
    async (ids) => {
      // For each sibling, though all have the same: Pothos notes for each that what is asked of its rows was read.
      const query = queryFromInfo({ context, info, path, select: { id: true } }) as { select: { id: true } };
      const rowOf = await once<Each>('rows', () =>
        batched(async (all) => {
          const rows = await rowsOfType(list.type, context, () => query, all);
          return rows.map((row) => ({ id: row.id, value: row as Each }));
        }),
      );
      const rows = await Promise.all(ids.map(rowOf));
      return rows.filter((row) => row !== null);
    },
  );
}

/** Where a field is in the operation, whichever rows it is asked of. */
const placeOf = (path: GraphQLResolveInfo['path'] | undefined): string => {
  if (path === undefined) return '';
  const { prev, key, typename } = path;
  return typeof key === 'number' ? placeOf(prev) : `${placeOf(prev)}/${typename}.${key}`;
};

const readIds = (list: NestedList, owners: string[], bounds: Bounds, count: number, context: Context) =>
  readEach<string[]>(list, owners, bounds, context, (rows, by) => {
    const order = by.map((column) => `${column} ${bounds.newestFirst ? 'DESC' : 'ASC'}`).join(', ');
    return `ARRAY(SELECT r.id::text ${rows} ORDER BY ${order} LIMIT ${count})`;
  });

/** Counts the rows of each list. @param atMost - where to stop */
const countRows = (list: NestedList, owners: string[], atMost: number, context: Context) =>
  readEach<number>(
    list,
    owners,
    { above: null, below: null, newestFirst: true },
    context,
    (rows) => `(SELECT count(*)::int FROM (SELECT ${rows} LIMIT ${atMost}) AS counted)`,
  );

/** Reads something of the list of each owner. @param value - SQL for it, of the list's rows `r`, which have an order */
async function readEach<T>(
  { table, owner, orderedBy, where, permission, within }: NestedList,
  owners: string[],
  { above, below }: Bounds,
  context: Context,
  value: (rows: string, by: readonly string[]) => string,
): Promise<{ id: string; value: T }[]> {
  const parameters = new Parameters();
  const scopes = scopesOf(visible(context.principal, permission), {});
  const by = orderedBy ? [`r.${orderedBy}`, 'r.id'] : ['r.id'];
  const beyond = (sign: '<' | '>', cursor: string | null) => {
    if (cursor === null) return [];
    const named = parameters.add(cursor, 'uuid');
    if (!orderedBy) return [`r.id ${sign} ${named}`];
    return [`(${by}) ${sign} (SELECT ${by} FROM ${table} r WHERE r.id = ${named})`];
  };
  const from = parameters.add(owners, 'uuid[]');
  const conditions = [
    `r.${owner} = owner.id`,
    ...(where ? [where] : []),
    ...(scopes ? [within(scopes, parameters)] : []),
    ...beyond('<', below),
    ...beyond('>', above),
  ];
  const rows = `FROM ${table} r WHERE ${conditions.join(' AND ')}`;
  return prismaOf(context).$queryRawUnsafe(
    `SELECT owner.id, ${value(rows, by)} AS value FROM unnest(${from}) AS owner(id)`,
    ...parameters.values,
  );
}

import { checkPage, type PageArgs, pageSize } from './page.ts';

/**
 * The cost of a page: that of its fields times the requested length, but at least once, because a page without rows has totals
 * as well. Costs are counted before anything runs, so a page that cannot be is refused here, in every list at any depth.
 *
 * @throws ApiError VALIDATION_FAILED where the arguments contradict each other
 */
export function pageCost(args: PageArgs): { field: number; multiplier: number } {
  checkPage(args);
  return { field: 1, multiplier: Math.max(1, args.first ?? args.last ?? pageSize.default) };
}

const pageArguments: ReadonlySet<string> = new Set(['first', 'after', 'last', 'before']);
/** A search for the rows that fit, within its bound of time. Some hundred of them fit into one operation. */
const searchCost = 50;

/**
 * The cost of a page of a list that each of several rows has: without a filter, the pages of all are read together; with one, each is
 * searched for by itself.
 *
 * @throws ApiError VALIDATION_FAILED where the arguments contradict each other
 */
export function nestedPageCost(args: PageArgs & object): { field: number; multiplier: number } {
  const cost = pageCost(args);
  const isFiltered = Object.entries(args).some(([name, value]) => value != null && !pageArguments.has(name));
  return isFiltered ? { ...cost, field: searchCost } : cost;
}

/** A mutation costs far more than the fields of its answer. This bounds the number of mutations in one operation. */
export const mutationCost = { field: 500, multiplier: 1 } as const;

/**
 * Texts that tenants may make long. This cost bounds how many of them an operation may ask for; their bytes have a limit of
 * their own, checked when the stored length is known (`core/answers`).
 */
export const bodyCost = 200;

/**
 * The beginning of such a text: PostgreSQL decompresses all of it to cut that off, but nobody holds it afterwards. A page of twenty
 * deliveries with everything that they have still fits.
 */
export const previewCost = 40;

/** Receivers' answers: up to 64 KiB each, one for each attempt of a delivery. */
export const responseBodyCost = 50;
export const responseHeadersCost = 10;

/** An audit event's old and new values. */
export const auditTextCost = 10;

/** The page's cost already counts its edges. */
export const edgesOnce = { edgesField: { complexity: { field: 0, multiplier: 1 } } } as const;

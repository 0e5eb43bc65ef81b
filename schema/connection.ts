import { pageSize } from './page.ts';

/** A page costs what it may hold: its fields count as often as it is asked to be long. */
export const pageCost = (args: { first?: number | null | undefined; last?: number | null | undefined }) => ({
  field: 1,
  multiplier: args.first ?? args.last ?? pageSize.usual,
});

/** A mutation costs far more than the fields of its answer: this bounds how many one operation may hold. */
export const mutationCost = { field: 500, multiplier: 1 } as const;

/** Values that may be as long as a body, 1 MiB: a page of the longest may hold one each, and an operation no second page. */
export const bodyCost = 200;

/** Answers of receivers, of which 64 KiB are kept, one for each attempt of a delivery. */
export const responseBodyCost = 50;

/** The edges are multiplied by the page already. */
export const edgesOnce = { edgesField: { complexity: { field: 0, multiplier: 1 } } } as const;

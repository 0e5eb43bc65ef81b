import { pageSize } from './page.ts';

/** A page costs what it may hold: its fields count as often as it is asked to be long. */
export const pageCost = (args: { first?: number | null | undefined; last?: number | null | undefined }) => ({
  field: 1,
  multiplier: args.first ?? args.last ?? pageSize.usual,
});

/** The edges are multiplied by the page already. */
export const edgesOnce = { edgesField: { complexity: { field: 0, multiplier: 1 } } } as const;

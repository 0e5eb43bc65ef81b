import { pageSize } from './page.ts';

/** A page costs what it may hold: its fields count as often as it is asked to be long. */
export const pageCost = (args: { first?: number | null | undefined; last?: number | null | undefined }) => ({
  field: 1,
  multiplier: args.first ?? args.last ?? pageSize.usual,
});

/** A mutation costs far more than the fields of its answer: this bounds how many one operation may hold. */
export const mutationCost = { field: 500, multiplier: 1 } as const;

/**
 * Texts that tenants make long. What they cost here bounds how often an operation may ask for one; how many bytes that comes to
 * is known when their stored length is, and has a bound of its own (`core/answers`).
 */
export const bodyCost = 200;

/** Answers of receivers, of which 64 KiB are kept, one for each attempt of a delivery. */
export const responseBodyCost = 50;
export const responseHeadersCost = 10;

/** What an audit event says of a thing before and after. */
export const auditTextCost = 10;

/** The edges are multiplied by the page already. */
export const edgesOnce = { edgesField: { complexity: { field: 0, multiplier: 1 } } } as const;

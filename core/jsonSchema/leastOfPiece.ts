/** Work in pieces ends a piece after at least these steps, a tenth of a millisecond: to go in and out of it costs by itself. */
export const leastOfPiece = 4_000;

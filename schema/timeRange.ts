import { idAfter, idBefore } from '../core/ground/idTime.ts';

/**
 * `from` (included) and `to` (excluded) as filters on the time of creation. Lists are read by id, and ids contain the time, so
 * the same bounds on the id spare a narrow range from reading the whole list.
 */
export function createdBetween(from: Date | null | undefined, to: Date | null | undefined) {
  return [
    ...(from ? [{ createdAt: { gte: from }, id: { gte: idBefore(from) } }] : []),
    ...(to ? [{ createdAt: { lt: to }, id: { lt: idAfter(to) } }] : []),
  ];
}

import { type FreshEvent, scopeId } from './call.ts';

/**
 * Events with a key, in the order in which everybody stores keys: two processes that store the same ones each in the order of its
 * callers would wait for each other.
 */
export function keyedOf(fresh: readonly FreshEvent[]): FreshEvent[] {
  const nameOf = ({ scope, item }: FreshEvent) => `${scopeId(scope)} ${item.idempotencyKey}`;
  return fresh.filter(({ item }) => item.idempotencyKey !== null).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

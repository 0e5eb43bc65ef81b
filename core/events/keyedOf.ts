import { type FreshEvent, scopeId } from './call.ts';

/**
 * Events with an idempotency key, sorted: all processes store keys in one order, so that two that store the same keys do not
 * deadlock.
 */
export function keyedOf(fresh: readonly FreshEvent[]): FreshEvent[] {
  const nameOf = ({ scope, item }: FreshEvent) => `${scopeId(scope)} ${item.idempotencyKey}`;
  return fresh.filter(({ item }) => item.idempotencyKey !== null).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

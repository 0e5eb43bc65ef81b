import { ApiError } from '../ground/errors.ts';
import { type Call, type CallEvent, type FreshEvent, scopeId } from './call.ts';
import type { FirstCall } from './idempotency.ts';

const conflict = (index: number) =>
  new ApiError(
    'CONFLICT',
    'This idempotency key was used for an event with other content within the last 24 hours. Use a new key.',
    `input.events[${index}].idempotencyKey`,
  );

/**
 * Replaces a repeated event by the first call's, and rejects calls whose key was used for other content.
 *
 * @param known - keys in use, as `scopeId key`
 */
export function deduplicate<C extends Call>(calls: readonly C[], known: ReadonlyMap<string, FirstCall>) {
  const seen = new Map<string, FirstCall>(known);
  const accepted: C[] = [];
  const fresh: FreshEvent[] = [];
  for (const call of calls) {
    const added = new Map<string, FirstCall>();
    const own: CallEvent[] = [];
    let refused: number | null = null;
    for (const [index, item] of call.events.entries()) {
      if (item.idempotencyKey === null || item.digest === null) {
        own.push(item);
        continue;
      }
      const name = `${scopeId(call.scope)} ${item.idempotencyKey}`;
      const first = seen.get(name) ?? added.get(name);
      if (!first) {
        added.set(name, { event: item.event, digest: item.digest });
        own.push(item);
      } else if (first.digest.equals(item.digest)) {
        item.event = first.event;
      } else {
        refused = index;
        break;
      }
    }
    if (refused !== null) {
      call.reject(conflict(refused));
      continue;
    }
    for (const [name, first] of added) seen.set(name, first);
    for (const item of own) fresh.push({ scope: call.scope, item });
    accepted.push(call);
  }
  return { accepted, fresh };
}

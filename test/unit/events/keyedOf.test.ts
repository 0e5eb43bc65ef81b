import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FreshEvent } from '../../../core/events/call.ts';
import { keyedOf } from '../../../core/events/keyedOf.ts';

it('events with a key are stored in one fixed order, whatever the callers’ order was', () => {
  const event = fc.record({
    projectId: fc.constantFrom('1', '2', null),
    key: fc.option(fc.string({ minLength: 1 }), { nil: null }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(event, { selector: ({ projectId, key }) => `${projectId} ${key}` }), (events) => {
      const fresh = events.map(
        ({ projectId, key }) =>
          ({ scope: { organizationId: 'o', projectId }, item: { idempotencyKey: key } }) as unknown as FreshEvent,
      );
      const names = (list: readonly FreshEvent[]) => list.map(({ item }) => item.idempotencyKey);
      expect(names(keyedOf(fresh.toReversed()))).toEqual(names(keyedOf(fresh)));
      expect(names(keyedOf(fresh)).sort()).toEqual(
        names(fresh)
          .filter((key) => key !== null)
          .sort(),
      );
    }),
  );
});

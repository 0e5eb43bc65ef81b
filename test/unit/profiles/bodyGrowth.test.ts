import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profiles } from '../../../core/profiles/registry.ts';
import { envelope } from './envelope.ts';

/** What stands beside the event's texts, with the longest names that are allowed. */
const fixedBytes = 8 * 1024;

/** JSON texts that grow most when they are written anew. */
const costly = fc.oneof(
  fc.constantFrom('"\u007f"', '"港"', '"é"', '"😀"', '"\\ud800"', '1e15', '1e20', '9E20', '1e-6', '-0.0', '0', '""'),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);
const many = fc.tuple(fc.array(costly, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 2_000 }));
const object = fc
  .tuple(many, fc.constantFrom('list', '港湾', '\u007f'))
  .map(([[items, times], key]) => `{${JSON.stringify(key)}:[${Array(times).fill(items.join(',')).join(',')}]}`);

describe('a body', () => {
  it.each(Object.values(profiles).map((profile) => [profile.name, profile] as const))(
    'of %s is no longer than its profile says',
    (_name, profile) => {
      const drawn = fc.tuple(object, fc.option(object), fc.constantFrom('task.updated', 'issue.update', 'a.create'));
      fc.assert(
        fc.property(drawn, ([data, previous, eventType]) => {
          const stored = Buffer.byteLength(data) + Buffer.byteLength(previous ?? '');
          const { length } = profile.body(envelope({ data, previous, eventType }));
          expect(length).toBeLessThanOrEqual(stored * (profile.bodyGrowth ?? 1) + fixedBytes);
        }),
        { numRuns: 60 },
      );
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../core/events/idempotency.ts';
import type { PublishInput } from '../../../core/events/published.ts';
import { checkedLabels, filterLabels, type Label, labelsOf } from '../../../core/labels/label.ts';
import { labelsText } from '../../../core/labels/labelRows.ts';

const keys = fc.string({ unit: fc.constantFrom(...'abz09_.-'), minLength: 1, maxLength: 40 });
const values = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 200 })
  .filter((text) => text.length <= 200 && !text.includes('\u0000'));
const label = fc.record({ key: fc.oneof(keys, fc.constant('__proto__')), value: values });
const labels = fc.uniqueArray(label, { maxLength: 10, selector: ({ key }) => key });

describe('labels', () => {
  it('come back from the store as they were given, sorted by key', () => {
    fc.assert(
      fc.property(labels, (list) => {
        const checked = checkedLabels(list, 'labels');
        const text = labelsText(checked);
        expect(labelsOf(text === null ? null : JSON.parse(text))).toEqual(checked);
        expect(new Set(checked)).toEqual(new Set(list));
        expect(checked.map(({ key }) => key)).toEqual(list.map(({ key }) => key).sort());
      }),
    );
  });

  it('are refused where one is wrong, by the place of the first', () => {
    const wrong = fc.oneof(
      fc.record({ key: fc.constantFrom('', 'A', 'a b', 'ä', 'a\n', 'k'.repeat(41)), value: values }),
      fc.record({ key: keys, value: fc.constantFrom('', '\u0000', 'a\u0000', '\udc00', 'v'.repeat(201)) }),
    );
    fc.assert(
      fc.property(labels, wrong, fc.nat(9), (list, bad, place) => {
        const at = Math.min(place, list.length);
        const given = list.toSpliced(at, 1, bad);
        for (const check of [checkedLabels, filterLabels]) {
          expect(() => check(given, 'x')).toThrow(
            expect.objectContaining({
              code: 'VALIDATION_FAILED',
              field: expect.stringMatching(new RegExp(`^x\\[${at}\\]\\.(key|value)$`)),
            }),
          );
        }
      }),
    );
  });

  it('count in the digest of a call, whatever their order, and only where there are any', () => {
    const input = (list: readonly Label[]): PublishInput => ({
      type: 'a.b',
      data: '1',
      parsed: 1,
      previous: null,
      occurredAt: null,
      idempotencyKey: 'k',
      labels: list,
    });
    fc.assert(
      fc.property(labels, labels, (one, two) => {
        const same = labelsText(checkedLabels(one, '')) === labelsText(checkedLabels(two, ''));
        expect(digestOf(input(one)).equals(digestOf(input(two)))).toBe(same);
        expect(digestOf(input(one))).toEqual(digestOf(input(one.toReversed())));
      }),
    );
    // As an earlier version stored it.
    expect(digestOf(input([])).toString('hex')).toBe(
      '689dff3dbbe0fecb2e6774d50a8022513a7c89befc350fa53ad97a1051d079a0',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../core/ground/errors.ts';
import { checkExternalId, isExternalId, parseReference } from '../../../core/ground/externalId.ts';

const printable = '!"#$%&\'()*+,-.0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';
const externalIds = fc
  .string({ unit: fc.constantFrom(...printable), minLength: 1, maxLength: 128 })
  .filter((text) => text !== '.' && text !== '..' && !/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text));
const cased = fc.tuple(fc.uuid(), fc.boolean()).map(([id, upper]) => (upper ? id.toUpperCase() : id));
const part = fc.oneof(
  externalIds.map((externalId) => ({ text: externalId, part: { externalId } })),
  cased.map((text) => ({ text, part: { id: text.toLowerCase() } })),
);

describe('a reference', () => {
  it('is a path of ids, in either case, and external ids, each with one meaning', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 3 }), (parts, max) => {
        const text = parts.map((each) => each.text).join('/');
        expect(parseReference(text, max)).toEqual(parts.length <= max ? parts.map((each) => each.part) : null);
      }),
    );
  });

  it('never names something by a text that is neither', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const parsed = parseReference(text, 3);
        for (const each of parsed ?? []) {
          if ('externalId' in each) expect(isExternalId(each.externalId)).toBe(true);
          else expect(each.id).toMatch(/^[0-9a-f-]{36}$/);
        }
        if (parsed) expect(parsed).toHaveLength(text.split('/').length);
      }),
    );
    for (const text of ['', '/', 'a/', '/a', 'a//b', '..', '../a', 'a b', 'ä', 'a\u0000', 'x'.repeat(129)]) {
      expect(parseReference(text, 3), text).toBeNull();
    }
  });
});

describe('an external id', () => {
  it('is taken exactly if it can be found again', () => {
    const texts = fc.oneof(externalIds, cased, fc.string({ maxLength: 140 }), fc.constantFrom('.', '..', '', 'a/b'));
    fc.assert(
      fc.property(texts, (text) => {
        let taken = true;
        try {
          expect(checkExternalId(text, 'input.externalId')).toBe(text);
        } catch (error) {
          taken = false;
          expect(error).toBeInstanceOf(ApiError);
          expect(error).toMatchObject({ code: 'VALIDATION_FAILED', field: 'input.externalId' });
        }
        const parsed = parseReference(text, 1);
        expect(taken).toBe(parsed !== null && 'externalId' in (parsed[0] as object));
      }),
    );
  });
});

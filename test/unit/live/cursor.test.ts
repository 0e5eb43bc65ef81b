import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiError } from '../../../core/ground/errors.ts';
import { readCursor, writeCursor } from '../../../core/live/cursor.ts';

const time = fc.integer({ min: 0, max: 4_102_444_800_000 });

function refusal(read: () => unknown): ApiError {
  try {
    read();
  } catch (error) {
    return error as ApiError;
  }
  throw new Error('It was accepted.');
}

describe('a cursor', () => {
  it('returns its time to the organization that it was written for', () => {
    fc.assert(
      fc.property(fc.uuid(), time, (organization, at) => {
        expect(readCursor(organization, writeCursor(organization, at))).toBe(at);
      }),
    );
  });

  it('is refused by another organization', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), time, (one, other, at) => {
        fc.pre(one !== other);
        expect(refusal(() => readCursor(other, writeCursor(one, at)))).toMatchObject({
          code: 'VALIDATION_FAILED',
          field: 'after',
        });
      }),
    );
  });

  it('is refused when any one of its characters differs', () => {
    const organization = '018f2b6e-0000-7000-8000-000000000001';
    const cursor = writeCursor(organization, 1_790_000_000_123);
    for (let at = 0; at < cursor.length; at++) {
      const wrong = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      expect(refusal(() => readCursor(organization, wrong)).code).toBe('VALIDATION_FAILED');
    }
  });

  it('is refused if it is any other text, and the error says what to pass instead', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const error = refusal(() => readCursor('018f2b6e-0000-7000-8000-000000000001', text));
        expect(error.field).toBe('after');
        expect(error.message).toContain('cursor of the last delivery');
      }),
    );
  });
});

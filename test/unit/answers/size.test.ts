import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText } from '../../../core/answers/answerText.ts';
import { pathOfLongestText, sizeOf } from '../../../core/answers/size.ts';

const writtenBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('the size of an answer', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\u0000', '\u0001', '\b', '\t', '\n', '\v', '\f', '\r', '\u001f', ' ', '\u007f'),
    fc.constantFrom('é', '港', '😀', '\ud800', '\udc00', '\udbff', '\udfff', '\ud83d', '\uffff'),
  );
  const text = fc.array(piece).map((pieces) => pieces.join(''));

  it('counts a text as it is written, with its escapes', () => {
    fc.assert(fc.property(text, (drawn) => sizeOf(drawn) === writtenBytes(drawn)));
    for (const unit of ['\u0001', '"', '\\', '\n', '港', '\ud800', '\u001f😀']) {
      const long = unit.repeat(64 * 1024);
      expect(sizeOf(long)).toBe(writtenBytes(long));
    }
  });

  it('counts a JSON text unchanged', () => {
    expect(sizeOf(new JsonText('{"berth":"港\\u0001"}'))).toBe(Buffer.byteLength('{"berth":"港\\u0001"}'));
  });

  it('is never less than what is written, but for numbers', () => {
    const answer = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.array(fc.oneof(text, fc.boolean())));
    fc.assert(fc.property(answer, (drawn) => sizeOf(drawn) >= writtenBytes(drawn)));
  });

  it('is counted no further than what is allowed', () => {
    let read = 0;
    const rows = Array.from({ length: 100 }, () => ({
      get body() {
        read += 1;
        return 'x'.repeat(1_000);
      },
    }));
    expect(sizeOf({ rows }, 10_000)).toBeGreaterThan(10_000);
    expect(read).toBeLessThan(12);
    expect(sizeOf({ rows }, 200_000)).toBeLessThan(200_000);
  });

  it('names the longest text', () => {
    const data = { a: { b: 'x' }, list: [{ c: 1 }, { c: 'longer' }] };
    expect(pathOfLongestText(data)).toEqual(['list', 1, 'c']);
  });
});

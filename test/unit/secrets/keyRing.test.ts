import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateKey, parseKeyRing, SealError } from '../../../core/secrets/keyRing.ts';

const key = `now:${Buffer.alloc(32, 1).toString('base64')}`;
const older = `before:${Buffer.alloc(32, 2).toString('base64')}`;

describe('key ring', () => {
  it('opens what it sealed, for the same context', () => {
    const ring = parseKeyRing(generateKey());
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (plaintext, context) => {
        expect(ring.open(ring.seal(plaintext, context), context)).toBe(plaintext);
      }),
    );
  });

  it('does not open for another context', () => {
    const ring = parseKeyRing(key);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        fc.pre(one !== other);
        expect(() => ring.open(ring.seal('secret', one), other)).toThrow(SealError);
      }),
    );
  });

  it('notices every changed or missing byte', () => {
    const ring = parseKeyRing(key);
    const sealed = ring.seal('a secret', 'webhook_secret:1');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => ring.open(changed, 'webhook_secret:1'), `byte ${at} changed`).toThrow(SealError);
      expect(() => ring.open(sealed.subarray(0, at), 'webhook_secret:1'), `cut at ${at}`).toThrow(SealError);
    }
  });

  it('never seals the same text to the same bytes', () => {
    const ring = parseKeyRing(key);
    expect(ring.seal('x', 'c').equals(ring.seal('x', 'c'))).toBe(false);
  });

  it('keeps opening what an older key sealed, and says that it wants sealing anew', () => {
    const sealed = parseKeyRing(older).seal('kept', 'c');
    const rotated = parseKeyRing(`${key}, ${older}`);
    expect(rotated.open(sealed, 'c')).toBe('kept');
    expect(rotated.needsReseal(sealed)).toBe(true);
    expect(rotated.needsReseal(rotated.seal('kept', 'c'))).toBe(false);
  });

  it('names the missing key when a ring lacks it', () => {
    const sealed = parseKeyRing(older).seal('lost', 'c');
    expect(() => parseKeyRing(key).open(sealed, 'c')).toThrow(/"before".*not in the ring/);
  });

  it('does not open under a key of the same id and another value', () => {
    const sealed = parseKeyRing(key).seal('x', 'c');
    expect(() => parseKeyRing(`now:${Buffer.alloc(32, 9).toString('base64')}`).open(sealed, 'c')).toThrow(SealError);
  });

  it.each([
    ['', 1],
    ['nocolon', 1],
    [`bad id:${Buffer.alloc(32).toString('base64')}`, 1],
    [`short:${Buffer.alloc(31).toString('base64')}`, 1],
    [`long:${Buffer.alloc(33).toString('base64')}`, 1],
    [`${key},`, 2],
    [`${key},c2VjcmV0LW1hdGVyaWFs`, 2],
    [`${key},${key}`, 2],
  ])('refuses %j, naming the position and quoting nothing', (text, position) => {
    const refusal = (() => {
      try {
        parseKeyRing(text);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('accepted');
    })();
    expect(refusal).toContain(`key ${position} `);
    for (const part of text.split(/[,:]/).filter((piece) => piece.length > 8)) expect(refusal).not.toContain(part);
  });
});

import { describe, expect, it } from 'vitest';
import { Places } from '../../../server/http/places.ts';

describe('places', () => {
  it('are bounded for each holder, and free again once given back', () => {
    const places = new Places(2);
    const [first, second] = [places.take('a'), places.take('a')];
    expect(places.take('a')).toBeNull();
    expect(places.take('b')).not.toBeNull();
    first?.();
    first?.();
    expect(places.take('a')).not.toBeNull();
    expect(places.take('a')).toBeNull();
    second?.();
    expect(places.take('a')).not.toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { matches, pastedId } from '../../../dashboard/src/palette/filter.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('what is typed into the palette', () => {
  it('is an id with whatever a log or an address puts around it', () => {
    const pasted = [id, ` ${id.toUpperCase()}\n`, `"${id}",`, `https://hooks.example/o/x/deliveries/${id}`, `id=${id}`];
    expect(pasted.map(pastedId)).toEqual(Array(5).fill(id));
    expect(['', 'berth', id.slice(1), `${id}0`, `${id} ${id}`].map(pastedId)).toEqual([null, null, null, null, null]);
  });

  it('fits by every word of it, wherever that stands, in any case of letters', () => {
    expect(matches('Colours: Dark', 'dark col')).toBe(true);
    expect(matches('Colours: Dark', 'dark light')).toBe(false);
    expect(matches('Überblick', 'ÜBER')).toBe(true);
  });
});

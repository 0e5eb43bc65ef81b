import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contrastOf,
  contrastProblems,
  contrastsOf,
  fontStackOf,
  paletteOf,
  parseColour,
  type Rgb,
} from '../../src/theme/index.ts';

const colour = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }))
  .map((parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`);
/** Colours as people choose them: two planes that are close, and two others that read well on them. */
const colours = fc
  .record({ accent: colour, background: colour, surface: colour, text: colour })
  .filter((each) => contrastProblems(each).length === 0);

const ratio = (palette: Readonly<Record<string, string>>, front: string, behind: string) =>
  contrastOf(parseColour(palette[front] as string) as Rgb, parseColour(palette[behind] as string) as Rgb);

describe('a portal’s colours', () => {
  it('are # and six, or three, hexadecimal digits, and nothing else', () => {
    expect(parseColour('#3552c4')).toEqual([0x35, 0x52, 0xc4]);
    expect(parseColour('#FC0')).toEqual([255, 204, 0]);
    for (const text of [
      'red',
      '',
      '#12',
      '#12345',
      '#1234567',
      'rgb(1,2,3)',
      '#fff;}body{display:none',
      ' #ffffff',
      '#ffffff\n',
    ]) {
      expect(parseColour(text), text).toBeNull();
    }
  });

  it('that are hard to read are named, with the contrast that they have and need', () => {
    expect(contrastProblems({ accent: '#3552c4', background: '#ffffff', surface: '#f0f0f0', text: '#777777' })).toEqual(
      [
        { field: 'text', on: 'background', ratio: 4.47, needed: 4.5 },
        { field: 'text', on: 'surface', ratio: 3.92, needed: 4.5 },
      ],
    );
  });

  it('are compared in pairs as they are typed: a text that is no colour is compared with none', () => {
    const typed = { accent: '#3552', background: '#ffffff', surface: '#f0f0f0', text: '#777777' };
    expect(contrastsOf(typed).map(({ field, on, ratio }) => [field, on, ratio])).toEqual([
      ['text', 'background', 4.47],
      ['text', 'surface', 3.92],
    ]);
    expect(contrastsOf({ ...typed, accent: '#3552c4' })).toHaveLength(4);
  });

  it('that read well make others that read well, whatever they are', () => {
    fc.assert(
      fc.property(colours, (chosen) => {
        const palette = paletteOf(chosen) as Readonly<Record<string, string>>;
        for (const behind of ['canvas', 'surface', 'sunken', 'hover', 'accent-soft']) {
          for (const front of ['text', 'muted', 'accent', 'accent-strong', 'good', 'warn', 'bad']) {
            expect(ratio(palette, front, behind), `${front} on ${behind}`).toBeGreaterThanOrEqual(4.5);
          }
          for (const front of ['line-strong', 'chart-good', 'chart-warn', 'chart-bad']) {
            expect(ratio(palette, front, behind), `${front} on ${behind}`).toBeGreaterThanOrEqual(3);
          }
        }
        for (const state of ['good', 'warn', 'bad'])
          expect(ratio(palette, state, `${state}-soft`)).toBeGreaterThanOrEqual(4.5);
        for (const behind of ['accent', 'accent-strong'])
          expect(ratio(palette, 'on-accent', behind)).toBeGreaterThanOrEqual(4.5);
        expect(ratio(palette, 'on-bad', 'bad-fill')).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 200 },
    );
  });

  it('replace every colour of the dashboard, so that none of ours is left', () => {
    const css = readFileSync(join(import.meta.dirname, '../../../dashboard/src/design/tokens.css'), 'utf8');
    const ours = [...css.matchAll(/--([\w-]+): *light-dark\(/g)].map(([, name]) => name as string);
    const palette = paletteOf({ accent: '#3552c4', background: '#ffffff', surface: '#ffffff', text: '#111111' }) ?? {};
    // The veil behind a dialog and shadows are black, thinned: they have no hue to replace.
    expect(ours.filter((name) => !(name in palette)).sort()).toEqual(['veil']);
    expect(Object.keys(palette).filter((name) => !ours.includes(name))).toEqual([]);
  });
});

describe('a portal’s fonts', () => {
  it('are quoted names, with the system’s own behind them', () => {
    expect(fontStackOf(['Inter', 'Helvetica Neue', 'serif'])).toBe(
      '"Inter", "Helvetica Neue", serif, system-ui, sans-serif',
    );
    expect(fontStackOf([])).toBeNull();
    expect(fontStackOf(['x"; } body { display: none', 'url(//evil)', '\\0000'])).toBeNull();
  });
});

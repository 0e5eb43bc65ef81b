import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matching } from '../../../core/deliveries/typePatterns.ts';

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '_'), maxLength: 10 });
const type = fc.string({ unit: fc.constantFrom('a', 'b', '.', '_'), maxLength: 14 });

describe('patterns of event types', () => {
  it('take what a regular expression with .* takes', () => {
    fc.assert(
      fc.property(pattern, type, (each, name) => {
        const source = each
          .split('*')
          .map((part) => part.replaceAll('.', '\\.'))
          .join('.*');
        expect(matching([each])(name)).toBe(new RegExp(`^${source}$`, 's').test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('take Everhook’s own types only where they name their prefix', () => {
    expect(matching(['*'])('everhook.webhook.degraded')).toBe(false);
    expect(matching(['*.degraded'])('everhook.webhook.degraded')).toBe(false);
    expect(matching(['everhook.*'])('everhook.webhook.degraded')).toBe(true);
  });

  it('are quick on hostile ones', () => {
    const hostile = `${'*a'.repeat(90)}b`;
    expect(matching([hostile])('a'.repeat(10_000))).toBe(false);
  });
});

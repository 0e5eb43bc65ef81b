import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matching } from '../../../core/deliveries/typePatterns.ts';
import { cpuNow } from '../../support/cpuClock.ts';

const pattern = fc
  .array(fc.string({ unit: fc.constantFrom('a', 'b', '.', '_'), maxLength: 5 }), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('*', '**', '***').map((star) => parts.join(star)));
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

  it('name nothing if they are beyond what may be made now', () => {
    expect(matching(['a*b*c*'])('abc')).toBe(false);
    expect(matching([...Array.from({ length: 20 }, (_, n) => `type${n}`), 'order.*'])('order.paid')).toBe(false);
    expect(matching([...Array.from({ length: 19 }, (_, n) => `type${n}`), 'order.*'])('order.paid')).toBe(true);
  });

  it.each<[string, (n: number) => string]>([
    ['of stars alone', (n) => `${'*'.repeat(195)}z${n}`],
    ['of many stars', (n) => `${'*a'.repeat(95)}*z${n}`],
    ['of a long part that nearly fits everywhere', (n) => `*${'a'.repeat(60)}z${n}*`],
  ])('cost little if they are hostile ones %s, as many as an organization has', (_, hostile) => {
    const listeners = Array.from({ length: 100 }, (_each, listener) =>
      matching(Array.from({ length: 100 }, (_pattern, n) => hostile(listener * 100 + n))),
    );
    const types = Array.from({ length: 20 }, (_each, n) => `${'a'.repeat(125)}${n}`);
    const beganAt = cpuNow();
    for (const name of types) expect(listeners.some((takes) => takes(name))).toBe(false);
    // A split of each pattern for each type took 200 to 450 ms a type.
    expect(cpuNow() - beganAt).toBeLessThan(types.length * 10);
  });
});

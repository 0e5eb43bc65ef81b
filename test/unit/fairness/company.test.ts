import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Company } from '../../../core/fairness/company.ts';

it('a holder has others where somebody else acted within a second, of whom the last two holders are remembered', () => {
  const acts = fc.array(fc.record({ holder: fc.constantFrom('a', 'b'), afterMs: fc.integer({ min: 0, max: 1_500 }) }));
  fc.assert(
    fc.property(acts, fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 1_500 }), (acts, asked, laterMs) => {
      const company = new Company();
      const actedAt = new Map<string, number>();
      let now = 0;
      for (const { holder, afterMs } of acts) {
        now += afterMs;
        company.see(holder, now);
        actedAt.set(holder, now);
      }
      now += laterMs;
      const others = [...actedAt].filter(([holder, at]) => holder !== asked && now - at < 1_000);
      expect(company.hasOthers(asked, now)).toBe(others.length > 0);
    }),
  );
});

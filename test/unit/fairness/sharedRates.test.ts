import { expect, it } from 'vitest';
import { SharedRates } from '../../../core/fairness/sharedRates.ts';

it('a rate leaves something for each holder and each tenant, however fast one is, and is whole again after a second', () => {
  let now = 0;
  const rates = new SharedRates(100, () => now);
  const most = (tenant: string, holder: string) => {
    let taken = 0;
    while (rates.take(tenant, holder)) taken += 1;
    return taken;
  };
  expect(most('busy', 'hostile')).toBe(75);
  expect(most('busy', 'innocent')).toBeGreaterThan(10);
  expect(rates.take('busy', 'another')).toBe(true);
  expect(most('calm', 'other')).toBe(75);
  now = 999;
  expect(rates.take('busy', 'hostile')).toBe(false);
  now = 1_000;
  expect(most('busy', 'hostile')).toBe(75);
});

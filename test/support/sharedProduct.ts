import { inject } from 'vitest';
import { type Product, type ProductPlace, productAt } from './installation.ts';
import { jwtSecret } from './userTokens.ts';

export const egressRanges = ['192.0.2.0/28', '2001:db8::/48'] as const;

export const temporalUiUrl = 'https://temporal.example.com';

/** Settings of the shared product, besides those of every product. */
export const sharedSettings = {
  EVERHOOK_EGRESS_RANGES: egressRanges.join(','),
  EVERHOOK_TEMPORAL_UI_URL: temporalUiUrl,
  EVERHOOK_JWT_SECRET: jwtSecret,
  EVERHOOK_JWT_CLOCK_TOLERANCE: '0',
  // Whoever uses it closes it, which searches the logs for secrets: they must not be there at any level.
  EVERHOOK_LOG_LEVEL: 'trace',
};

/**
 * The run's one product, started when the first test asks. It is for tests that stop no part of it. Tests share it as tenants do:
 * each creates organizations of its own.
 */
export async function sharedProduct(): Promise<Product> {
  const response = await fetch(`${inject('partsUrl')}/product`);
  if (!response.ok) throw new Error(`The product does not start: ${await response.text()}`);
  return productAt((await response.json()) as ProductPlace);
}

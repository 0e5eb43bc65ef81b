import { randomBytes } from 'node:crypto';

/** Webhooks, each with an event type of its own: an event makes one delivery. */
export const webhookCount = 10;
export const typeOf = (index: number) => `bench.type_${index % webhookCount}`;

const filler = randomBytes(345).toString('hex').slice(0, 690);

const now = () => performance.timeOrigin + performance.now();

/** About 1 KB of JSON that says when it was published. */
export function eventData(index: number): object {
  return {
    publishedAt: now(),
    id: `order-${index}`,
    customer: { id: 40_000 + (index % 1_000), name: 'Nordwind Shipping GmbH', country: 'DE' },
    lines: [
      { sku: 'CNT-20-DRY', quantity: 4, unitPrice: 2_150.5 },
      { sku: 'CNT-40-REEF', quantity: 1, unitPrice: 7_980 },
    ],
    note: filler,
  };
}

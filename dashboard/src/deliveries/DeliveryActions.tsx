import type { DeliveryDetail } from '@everhook/sdk';

export function DeliveryActions(_: { readonly delivery: DeliveryDetail; onOpen(id: string): void }) {
  return null;
}

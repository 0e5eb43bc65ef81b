'use client';

import type { Delivery, DeliveryFilter } from '@everhook/sdk';
import { useEverhook } from './EverhookProvider.tsx';
import { type Paged, usePages } from './usePages.ts';

/** Which deliveries, and how many at a time. */
export interface UseDeliveriesOptions extends Omit<DeliveryFilter, 'signal'> {
  /** 1 to 100. @default 50 */
  readonly pageSize?: number | undefined;
}

/** The log of deliveries, newest first. It stays as it was loaded: for what happens now there is `useDeliveryFeed`. */
export function useDeliveries({ pageSize = 50, ...filter }: UseDeliveriesOptions = {}): Paged<Delivery> {
  const client = useEverhook();
  return usePages(JSON.stringify(filter), pageSize, (signal) => client.deliveries.list({ ...filter, signal }));
}

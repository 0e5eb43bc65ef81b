/**
 * Everhook in React.
 *
 * @module
 */
export { EverhookPortal, type EverhookPortalProps } from './EverhookPortal.tsx';
export { EverhookProvider, type EverhookProviderProps, useEverhook } from './EverhookProvider.tsx';
export { type UseDeliveriesOptions, useDeliveries } from './useDeliveries.ts';
export { type DeliveryFeed, type UseDeliveryFeedOptions, useDeliveryFeed } from './useDeliveryFeed.ts';
export { type Health, useHealth } from './useHealth.ts';
export type { Paged } from './usePages.ts';
export type { Connection, Live } from './useWatch.ts';
export { type UseWebhooksOptions, useWebhooks } from './useWebhooks.ts';

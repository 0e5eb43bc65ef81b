import { WebhookHealthChangedDocument, type WebhookHealthChangedSubscription } from '../generated/operations.ts';
import type { Transport } from '../http/transport.ts';
import type { WithTimes } from '../times.ts';
import { deliveryCursor, type WatchFilter } from './deliveryWatch.ts';
import type { Watch, WatchSource } from './watch.ts';

/** A webhook's health went from one state to another. */
export type WebhookHealthChange = WithTimes<WebhookHealthChangedSubscription['webhookHealthChanged']>;

/** Changes of webhooks' health, each once. Created by `webhooks.watchHealth`. */
export type HealthWatch = Watch<WebhookHealthChange>;

/** The watched webhooks: one, a project's or an organization's; without any, the key's own. */
export type HealthFilter = Omit<WatchFilter, 'statuses'>;

export const healthChanges = (transport: Transport, filter: HealthFilter): WatchSource<WebhookHealthChange> => ({
  subscription: WebhookHealthChangedDocument,
  variables: { ...filter },
  cursorOfNow: (signal) => deliveryCursor(transport, filter, signal),
});

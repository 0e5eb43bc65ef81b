import {
  DeliveryCursorDocument,
  type DeliveryStatus,
  DeliveryUpdatedDocument,
  type DeliveryUpdatedSubscription,
  OrganizationOfWebhookDocument,
} from '../generated/operations.ts';
import type { Transport } from '../http/transport.ts';
import { type Labels, labelsText } from '../publishing/labels.ts';
import type { WithTimes } from '../times.ts';
import type { Watch, WatchSource } from './watch.ts';

/** The state of a delivery after a change, with the cursor to continue from. */
export type DeliveryUpdate = WithTimes<DeliveryUpdatedSubscription['deliveryUpdated']>;

/** The latest states of deliveries, as they change. Created by `deliveries.watch`. */
export type DeliveryWatch = Watch<DeliveryUpdate>;

/** The watched deliveries: a webhook's, a project's or an organization's; without any, the key's own. */
export interface WatchFilter {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
  /** Only changes to one of these statuses. */
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  /** Only deliveries of events that have all of these. */
  readonly labels?: Labels | undefined;
}

export const deliveryUpdates = (
  transport: Transport,
  { labels, ...filter }: WatchFilter,
): WatchSource<DeliveryUpdate> => ({
  subscription: DeliveryUpdatedDocument,
  variables: { ...filter, ...labelsText(labels) },
  cursorOfNow: (signal) => deliveryCursor(transport, filter, signal),
});

/** Cursors of deliveries belong to an organization: where only a webhook is named, to the webhook's. */
export async function deliveryCursor(
  transport: Transport,
  { organizationId, projectId, webhookId }: Omit<WatchFilter, 'statuses' | 'labels'>,
  signal: AbortSignal,
): Promise<string> {
  let organization = organizationId;
  if (webhookId !== undefined && projectId === undefined && organizationId === undefined) {
    const { webhook } = await transport.query(OrganizationOfWebhookDocument, { id: webhookId }, { signal });
    organization = webhook?.organization.id;
  }
  const scope = { projectId, organizationId: organization };
  return (await transport.query(DeliveryCursorDocument, scope, { signal })).deliveryCursor;
}

import { NotFoundError } from './errors.ts';
import {
  type Bucket,
  BulkReplayDeliveriesDocument,
  CancelDeliveriesDocument,
  type CancelDeliveriesMutation,
  CancelDeliveryDocument,
  DeliveriesDocument,
  type DeliveryDetailFieldsFragment,
  DeliveryDocument,
  type DeliveryFieldsFragment,
  DeliveryPreviewsDocument,
  DeliveryStatsDocument,
  type DeliveryStatsQuery,
  type DeliveryStatus,
  type Direction,
  OpenDeliveriesDocument,
  type OpenDeliveriesQuery,
  ReplayDeliveryDocument,
  RetryDeliveryDocument,
} from './generated/operations.ts';
import { newKey } from './http/newKey.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type DeliveryWatch, deliveryUpdates, type WatchFilter } from './live/deliveryWatch.ts';
import { type LiveOptions, Watch, type WatchOptions } from './live/watch.ts';
import { type Labels, labelsText } from './publishing/labels.ts';
import type { TimeInput, WithTimes } from './times.ts';

/** One event for one webhook. */
export type Delivery = WithTimes<DeliveryFieldsFragment>;
/** A delivery with its request and every attempt. */
export type DeliveryDetail = WithTimes<DeliveryDetailFieldsFragment>;

export interface DeliveryFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
  /** Deliveries of this event, and its replays. */
  readonly eventId?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  /** The response code of the last attempt. */
  readonly responseCode?: number | undefined;
  readonly direction?: Direction | undefined;
  /** Their events have all of these. */
  readonly labels?: Labels | undefined;
  /** Only tests, or only what is no test. @default both */
  readonly isTest?: boolean | undefined;
  /** Created at this time or later. */
  readonly from?: TimeInput | undefined;
  /** Created before this time. */
  readonly to?: TimeInput | undefined;
}

export interface ReplayOptions extends CallOptions {
  /** A call with a key that was used in the last 24 hours sends nothing again. @default a random one for this call */
  readonly idempotencyKey?: string | undefined;
}

/** The result of cancelling several deliveries. */
export type CancelledDeliveries = WithTimes<CancelDeliveriesMutation['cancelDeliveries']>;

export interface BulkReplay {
  /** The new deliveries, in the order of the given ids. */
  readonly deliveries: readonly Delivery[];
  /** Inbound deliveries, which cannot be replayed. */
  readonly skippedInboundIds: readonly string[];
}

/** The outbound deliveries of a webhook, a project or an organization that have not ended. */
export type OpenDeliveries = WithTimes<OpenDeliveriesQuery['openDeliveries']>;

export interface OpenRequest extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
}

export interface StatsRequest extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
  readonly from: TimeInput;
  readonly to: TimeInput;
  readonly bucket: Bucket;
  /** Only deliveries of events that have all of these: within retention, and among at most 100,000 (see the schema). */
  readonly labels?: Labels | undefined;
}

/** The outbound deliveries created in one period, by their present status. */
export type DeliveryBucket = WithTimes<DeliveryStatsQuery['deliveryStats'][number]>;

/** Deliveries: the delivery log, and its live feed. */
export class Deliveries {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** A delivery with its request and every attempt. @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<DeliveryDetail> {
    const { delivery } = await this.#transport.query(DeliveryDocument, { id }, options);
    if (!delivery) throw new NotFoundError('There is no such delivery.', { field: 'id' });
    return delivery;
  }

  /** The log, newest first. */
  list({ signal, labels, ...filter }: DeliveryFilter = {}): Listing<Delivery> {
    const asked = { ...filter, ...labelsText(labels) };
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(DeliveriesDocument, { ...asked, ...page }, { signal: ending })).deliveries,
      signal,
    );
  }

  /**
   * The beginnings of the payloads of up to 100 deliveries, by id. Those without one are left out: reports of trackers, erased
   * events, and what the key may not see.
   */
  async previews(ids: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, string>> {
    const { nodes } = await this.#transport.query(DeliveryPreviewsDocument, { ids: [...ids] }, options);
    return new Map(
      nodes.flatMap((node) =>
        node && 'payloadPreview' in node && typeof node.payloadPreview === 'string'
          ? [[node.id, node.payloadPreview] as const]
          : [],
      ),
    );
  }

  /**
   * The latest state of every delivery that changes, as it changes. A slow reader may miss intermediate states; no state comes
   * twice, and a lost connection loses no change.
   *
   * It begins at once: wait for `ready` before you cause the changes that you want to see. End it by leaving the loop, by
   * `return()` or by the signal.
   *
   * @throws EverhookError from the iterator where watching can't go on: a bad key, no permission, a wrong filter.
   */
  watch(filter: WatchFilter = {}, options: WatchOptions = {}): DeliveryWatch {
    return new Watch(this.#transport, this.#live, deliveryUpdates(this.#transport, filter), options);
  }

  /** Attempts a waiting delivery now. It keeps its place in the schedule. @throws ConflictError for one that does not wait */
  async retry(id: string, options?: CallOptions): Promise<Delivery> {
    return (await this.#transport.mutate(RetryDeliveryDocument, { id }, options)).retryDelivery.delivery;
  }

  /**
   * Cancels a delivery that waits for an attempt. A recovery does not send it again; `replay` does.
   *
   * @throws ConflictError where it is being sent or has ended
   */
  async cancel(id: string, options?: CallOptions): Promise<Delivery> {
    return (await this.#transport.mutate(CancelDeliveryDocument, { id }, options)).cancelDelivery.delivery;
  }

  /** Cancels those of up to 100 deliveries that wait for an attempt. @returns them, and the ids of the others as `skippedIds` */
  async cancelSeveral(ids: readonly string[], options: CallOptions = {}): Promise<CancelledDeliveries> {
    const variables = { ids: [...ids] };
    return (await this.#transport.mutate(CancelDeliveriesDocument, variables, options)).cancelDeliveries;
  }

  /** Sends a delivery's event again. @returns the new delivery */
  async replay(id: string, { idempotencyKey, ...options }: ReplayOptions = {}): Promise<Delivery> {
    const variables = { id, idempotencyKey: idempotencyKey ?? newKey() };
    const repeatable = 'always';
    const data = await this.#transport.mutate(ReplayDeliveryDocument, variables, { ...options, repeatable });
    return data.replayDelivery.delivery;
  }

  /** Replays up to 100 deliveries, all or none. A repeated id counts once. */
  async bulkReplay(ids: readonly string[], { idempotencyKey, ...options }: ReplayOptions = {}): Promise<BulkReplay> {
    const variables = { ids, idempotencyKey: idempotencyKey ?? newKey() };
    const repeatable = 'always';
    const data = await this.#transport.mutate(BulkReplayDeliveriesDocument, variables, { ...options, repeatable });
    return data.bulkReplayDeliveries;
  }

  /** Counts of deliveries by time: whole buckets, oldest first, also those without deliveries. */
  async stats({ signal, labels, ...request }: StatsRequest): Promise<readonly DeliveryBucket[]> {
    const variables = { ...request, ...labelsText(labels) };
    return (await this.#transport.query(DeliveryStatsDocument, variables, { signal })).deliveryStats;
  }

  /** The number of open deliveries of any age: those of the backlog, and those that wait for their next attempt. */
  async countOpen({ signal, ...request }: OpenRequest = {}): Promise<OpenDeliveries> {
    return (await this.#transport.query(OpenDeliveriesDocument, request, { signal })).openDeliveries;
  }
}

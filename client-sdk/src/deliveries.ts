import { NotFoundError } from './errors.ts';
import {
  DeliveriesDocument,
  type DeliveryDetailFieldsFragment,
  DeliveryDocument,
  type DeliveryFieldsFragment,
  type DeliveryStatus,
  type Direction,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type DeliveryWatch, deliveryUpdates, type WatchFilter } from './live/deliveryWatch.ts';
import { type LiveOptions, Watch, type WatchOptions } from './live/watch.ts';
import { rangeText } from './times.ts';

/** One event for one webhook. */
export type Delivery = DeliveryFieldsFragment;
/** A delivery with its request and every attempt. */
export type DeliveryDetail = DeliveryDetailFieldsFragment;

export interface DeliveryFilter extends CallOptions {
  readonly organizationId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly webhookId?: string | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly statuses?: readonly DeliveryStatus[] | undefined;
  /** Of the last attempt. */
  readonly responseCode?: number | undefined;
  readonly direction?: Direction | undefined;
  /** Created at this time or later. */
  readonly from?: Date | string | undefined;
  /** Created before this time. */
  readonly to?: Date | string | undefined;
}

/** Deliveries: the log of what was sent, and its live feed. */
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

  /** The log, the newest first. */
  list({ signal, from, to, ...filter }: DeliveryFilter = {}): Listing<Delivery> {
    const asked = { ...filter, ...rangeText({ from, to }) };
    return new Listing(
      async (page) => (await this.#transport.query(DeliveriesDocument, { ...asked, ...page }, { signal })).deliveries,
    );
  }

  /**
   * The latest state of every delivery that changes, as it changes. States in between may be left out when the reader is
   * slow; none is told twice, and a lost connection loses none.
   *
   * It begins at once: wait for `ready` before you cause what you want to see. End it by leaving the loop, by `return()` or
   * by the signal.
   *
   * @throws EverhookError from the iterator where watching can't go on: a bad key, no permission, a wrong filter.
   */
  watch(filter: WatchFilter = {}, options: WatchOptions = {}): DeliveryWatch {
    return new Watch(this.#transport, this.#live, deliveryUpdates(this.#transport, filter), options);
  }
}

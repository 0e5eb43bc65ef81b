import { NotFoundError } from './errors.ts';
import {
  CancelRecoveryDocument,
  RecoverDeliveriesDocument,
  RecoveryDocument,
  type RecoveryFieldsFragment,
  RecoveryProgressDocument,
} from './generated/operations.ts';
import { newKey } from './http/newKey.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { type LiveOptions, Watch, type WatchSource } from './live/watch.ts';
import { timeText } from './times.ts';

/** Replays the FAILED and CANCELLED deliveries of a webhook that were created in a period. */
export type Recovery = RecoveryFieldsFragment;

/** The states of a recovery, from the present one until it has ended. Created by `recoveries.watch`. */
export type RecoveryWatch = Watch<Recovery>;

export interface RecoveryToStart {
  readonly webhookId: string;
  /** Deliveries created at this time or later. */
  readonly since: Date | string;
  /** Deliveries created before this time. @default now */
  readonly until?: Date | string | undefined;
  /** A call with a key that was used in the last 24 hours starts no second recovery. @default a random one for this call */
  readonly idempotencyKey?: string | undefined;
}

/** Recoveries: send a webhook's FAILED and CANCELLED deliveries again, at a pace that leaves room for other webhooks. */
export class Recoveries {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** @throws ConflictError while another recovery of the webhook is under way, or the webhook gets no deliveries */
  async start(recovery: RecoveryToStart, options: CallOptions = {}): Promise<Recovery> {
    const { webhookId, since, until, idempotencyKey = newKey() } = recovery;
    const input = {
      webhookId,
      since: timeText(since, 'since'),
      ...(until === undefined ? {} : { until: timeText(until, 'until') }),
      idempotencyKey,
    };
    const repeatable = 'always';
    const data = await this.#transport.mutate(RecoverDeliveriesDocument, { input }, { ...options, repeatable });
    return data.recoverDeliveries.recovery;
  }

  /** Ends a recovery. Deliveries that it has already replayed still go out. */
  async cancel(id: string, options?: CallOptions): Promise<Recovery> {
    return (await this.#transport.mutate(CancelRecoveryDocument, { id }, options)).cancelRecovery.recovery;
  }

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Recovery> {
    const { recovery } = await this.#transport.query(RecoveryDocument, { id }, options);
    if (!recovery) throw new NotFoundError('There is no such recovery.', { field: 'id' });
    return recovery;
  }

  /** Its states from the present one on; it reconnects by itself. The loop ends when the recovery has ended. */
  watch(id: string, options: CallOptions = {}): RecoveryWatch {
    const source: WatchSource<Recovery> = {
      subscription: RecoveryProgressDocument,
      variables: { id },
      // Each connection begins with the present state.
      cursorOfNow: async () => undefined,
      isLast: ({ state }) => state !== 'RUNNING',
    };
    return new Watch(this.#transport, this.#live, source, options);
  }
}

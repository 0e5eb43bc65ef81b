import { NotFoundError, ValidationError } from './errors.ts';
import {
  CancelRecoveryDocument,
  type DeliveryFilter,
  RecoverableDocument,
  type RecoverableQuery,
  RecoverDeliveriesDocument,
  RecoveryDocument,
  type RecoveryFieldsFragment,
  type RecoveryKind,
  RecoveryProgressDocument,
} from './generated/operations.ts';
import { newKey } from './http/newKey.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { type LiveOptions, Watch, type WatchSource } from './live/watch.ts';
import { type Labels, labelList } from './publishing/labels.ts';
import type { TimeInput, WithTimes } from './times.ts';

/** Sends again what FAILED or was CANCELLED in a period, and the events that webhooks MISSED, the oldest first. */
export type Recovery = WithTimes<RecoveryFieldsFragment>;

/** What a recovery would send now: numbers of each kind. `isAtLeast`: counting stopped early, there are so many or more. */
export type Recoverable = WithTimes<RecoverableQuery['recoverable']>;

/** The states of a recovery, from the present one until it has ended. Created by `recoveries.watch`. */
export type RecoveryWatch = Watch<Recovery>;

/** Conditions of the delivery log. An empty one matches everything in the scope of the key. */
export interface RecoveryFilter extends Omit<DeliveryFilter, 'labels'> {
  /** Their events have all of these. At most 10. */
  readonly labels?: Labels | undefined;
}

/** What to recover: of one webhook, or of all that a filter matches. */
export interface RecoverySelection {
  /** The one webhook; or else give a filter. */
  readonly webhookId?: string | undefined;
  /** Whatever this matches, over many webhooks. Webhooks that get no events now are left out. */
  readonly filter?: RecoveryFilter | undefined;
  /** Deliveries and events created at this time or later. @default from the beginning of the log */
  readonly since?: TimeInput | undefined;
  /** Deliveries and events created before this time. A time in the future counts as now. @default now */
  readonly until?: TimeInput | undefined;
  /** @default all kinds */
  readonly include?: readonly RecoveryKind[] | undefined;
}

export interface RecoveryToStart extends RecoverySelection {
  /** A call with a key that was used in the last 24 hours starts no second recovery. @default a random one for this call */
  readonly idempotencyKey?: string | undefined;
}

type Scope = { readonly projectId: string } | { readonly organizationId: string };
type Within<Selection extends RecoverySelection, Given extends string> = Omit<Selection, 'filter'> & {
  readonly filter?: (Omit<RecoveryFilter, Given> & { readonly [Name in Given]?: never }) | undefined;
};

/** Recoveries whose filters are of one project or organization. */
export interface RecoveriesWithin<Given extends string> extends Omit<Recoveries, 'recoverable' | 'start' | 'within'> {
  /** Counts what a recovery would send now: of one webhook, or within the scope. */
  recoverable(selection: Within<RecoverySelection, Given>, options?: CallOptions): Promise<Recoverable>;
  /** Of one webhook, or of what a filter matches within the scope. */
  start(recovery: Within<RecoveryToStart, Given>, options?: CallOptions): Promise<Recovery>;
}

/**
 * Recoveries: send FAILED and CANCELLED deliveries again, and the events that webhooks missed while they were switched off,
 * disabled or not there yet, at a pace that leaves room for others.
 */
export class Recoveries {
  readonly #transport: Transport;
  readonly #live: LiveOptions;
  readonly #scope: Scope | null;

  constructor(transport: Transport, live: LiveOptions, scope: Scope | null = null) {
    this.#transport = transport;
    this.#live = live;
    this.#scope = scope;
  }

  /** The same, where a filter is of one project or organization: without one, it would reach as far as the key. */
  within<Given extends string>(scope: Scope): RecoveriesWithin<Given> {
    return new Recoveries(this.#transport, this.#live, scope) as RecoveriesWithin<Given>;
  }

  /** The selection as the API takes it. */
  #asked<Selection extends RecoverySelection>(selection: Selection) {
    const { filter, ...others } = this.#inScope(selection);
    if (filter === undefined) return others;
    const { labels, ...conditions } = filter;
    return {
      ...others,
      filter: { ...conditions, ...(labels === undefined ? {} : { labels: labelList(labels, 'filter.labels') }) },
    };
  }

  #inScope<Selection extends RecoverySelection>(selection: Selection): Selection {
    const scope = this.#scope;
    if (scope === null || selection.webhookId !== undefined) return selection;
    for (const name of 'projectId' in scope
      ? (['projectId', 'organizationId'] as const)
      : (['organizationId'] as const)) {
      if (selection.filter?.[name] == null) continue;
      throw new ValidationError(`The scope is given already: leave "${name}" out.`, { field: `filter.${name}` });
    }
    return { ...selection, filter: { ...selection.filter, ...scope } };
  }

  /** Counts what a recovery would send now, by the same arguments. */
  async recoverable(selection: RecoverySelection, options?: CallOptions): Promise<Recoverable> {
    return (await this.#transport.query(RecoverableDocument, { input: this.#asked(selection) }, options)).recoverable;
  }

  /** @throws ConflictError while another recovery of the webhook is under way, or the webhook gets no deliveries */
  async start(recovery: RecoveryToStart, options: CallOptions = {}): Promise<Recovery> {
    const input = { ...this.#asked(recovery), idempotencyKey: recovery.idempotencyKey ?? newKey() };
    const repeatable = 'always';
    const data = await this.#transport.mutate(RecoverDeliveriesDocument, { input }, { ...options, repeatable });
    return data.recoverDeliveries.recovery;
  }

  /** Ends a recovery. Deliveries that it has already made still go out. */
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

import { NotFoundError } from './errors.ts';
import { DeletionDocument, type DeletionFieldsFragment, DeletionProgressDocument } from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { type LiveOptions, Watch, type WatchSource } from './live/watch.ts';
import type { WithTimes } from './times.ts';

/** The deletion of an organization or a project: its progress, and then its receipt. */
export type Deletion = WithTimes<DeletionFieldsFragment>;

/** What a deletion may be asked to check. */
export interface DeletionConfirmation {
  /** If given, it must be the present name. */
  readonly name?: string | undefined;
}

/** The states of a deletion, from the present one until it has finished. Created by `deletions.watch`. */
export type DeletionWatch = Watch<Deletion>;

/** Deletions, which `organizations.delete` and `projects.delete` begin. */
export class Deletions {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** @throws NotFoundError */
  async get(id: string, options?: CallOptions): Promise<Deletion> {
    const { deletion } = await this.#transport.query(DeletionDocument, { id }, options);
    if (!deletion) throw new NotFoundError('There is no such deletion.', { field: 'id' });
    return deletion;
  }

  /** Its states from the present one on; it reconnects by itself. The loop ends when everything is gone. */
  watch(id: string, options: CallOptions = {}): DeletionWatch {
    const source: WatchSource<Deletion> = {
      subscription: DeletionProgressDocument,
      variables: { id },
      // Each connection begins with the present state.
      cursorOfNow: async () => undefined,
      isLast: ({ state }) => state === 'FINISHED',
    };
    return new Watch(this.#transport, this.#live, source, options);
  }
}

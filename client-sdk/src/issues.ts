import {
  IssueCursorDocument,
  type IssueFieldsFragment,
  IssuesDocument,
  IssueUpdatedDocument,
  type IssueUpdatedSubscription,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import { type LiveOptions, Watch, type WatchOptions } from './live/watch.ts';

/** An issue as its tracker last showed it. */
export type Issue = IssueFieldsFragment;
/** An issue after a change, with the cursor to resume from. */
export type IssueUpdate = IssueUpdatedSubscription['issueUpdated'];
/** The latest states of a project's issues, as they change. Made by `issues.watch`. */
export type IssueWatch = Watch<IssueUpdate>;

/** Issues: what a project's tracker shows, kept up to date by its reports. */
export class Issues {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** The newest first, removed ones included. */
  list({ projectId, signal }: { readonly projectId: string } & CallOptions): Listing<Issue> {
    return new Listing(
      async (page) => (await this.#transport.query(IssuesDocument, { projectId, ...page }, { signal })).issues,
    );
  }

  /**
   * The latest state of every issue that changes, as it changes: like `deliveries.watch`, without loss over lost connections,
   * and to be ended the same ways.
   *
   * @throws EverhookError from the iterator where watching can't go on.
   */
  watch({ projectId }: { readonly projectId: string }, options: WatchOptions = {}): IssueWatch {
    const source = {
      subscription: IssueUpdatedDocument,
      variables: { projectId },
      cursorOfNow: async (signal: AbortSignal) =>
        (await this.#transport.query(IssueCursorDocument, { projectId }, { signal })).issueCursor,
    };
    return new Watch(this.#transport, this.#live, source, options);
  }
}

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
import type { WithTimes } from './times.ts';

/** An issue as its tracker last showed it. */
export type Issue = WithTimes<IssueFieldsFragment>;
/** An issue after a change, with the cursor to continue from. */
export type IssueUpdate = WithTimes<IssueUpdatedSubscription['issueUpdated']>;
/** The latest states of a project's issues, as they change. Created by `issues.watch`. */
export type IssueWatch = Watch<IssueUpdate>;

/** Issues: a project's issues as its tracker shows them, updated by its reports. */
export class Issues {
  readonly #transport: Transport;
  readonly #live: LiveOptions;

  constructor(transport: Transport, live: LiveOptions) {
    this.#transport = transport;
    this.#live = live;
  }

  /** Issues, newest first, with removed ones. */
  list({ projectId, signal }: { readonly projectId: string } & CallOptions): Listing<Issue> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(IssuesDocument, { projectId, ...page }, { signal: ending })).issues,
      signal,
    );
  }

  /**
   * The latest state of every issue that changes, as it changes. Like `deliveries.watch`, it loses no change when a connection
   * is lost, and ends in the same ways.
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

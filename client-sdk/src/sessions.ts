import {
  EndSessionDocument,
  EndSessionsDocument,
  type SessionFieldsFragment,
  SessionsDocument,
} from './generated/operations.ts';
import type { CallOptions, Transport } from './http/transport.ts';
import { Listing } from './listing.ts';
import type { WithTimes } from './times.ts';

/** Somebody who is signed in to the dashboard, in one browser. */
export type Session = WithTimes<SessionFieldsFragment>;

/** Whose sessions: one's own where nothing is named. */
export interface SessionFilter extends CallOptions {
  /** Those of this organization's members and keys. */
  readonly organizationId?: string | undefined;
  /** Only this user's, in the organization. */
  readonly userId?: string | undefined;
  /** Those of all organizations, for the operator. */
  readonly everybody?: boolean | undefined;
}

/** Sessions of people who are signed in to the dashboard. */
export class Sessions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sessions that go on now, newest first: one's own, or an organization's, which takes MEMBER_MANAGE there. */
  list({ signal, ...filter }: SessionFilter = {}): Listing<Session> {
    return new Listing(
      async (page, ending) =>
        (await this.#transport.query(SessionsDocument, { ...filter, ...page }, { signal: ending })).sessions,
      signal,
    );
  }

  /** Ends a session: within 5 seconds it opens nothing any more, and its live connections end. */
  async end(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.mutate(EndSessionDocument, { id }, options);
  }

  /** Ends all that `list` would show, except the one by which this client came. @returns how many were ended */
  async endAll({ signal, ...input }: SessionFilter = {}): Promise<number> {
    const repeatable = 'always';
    return (await this.#transport.mutate(EndSessionsDocument, { input }, { signal, repeatable })).endSessions.ended;
  }
}

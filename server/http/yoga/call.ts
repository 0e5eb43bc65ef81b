import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { Principal } from '../../../core/access/principal.ts';
import type { AnswerHolder } from '../../../core/answers/budgets.ts';
import type { Prepared } from '../graphql.ts';

/** Who calls, and what they proved it by. */
export interface Caller {
  readonly principal: Principal;
  readonly authorization: string | undefined;
  /** On whose account answers wait to be read. */
  readonly holder: AnswerHolder;
}

/** What plugins know of an operation, and leave for those that come after them. Yoga calls it the server context. */
export interface Call {
  readonly req: IncomingMessage;
  /** Absent over a socket. */
  readonly res?: ServerResponse;
  /** Set once it is known. */
  caller?: Caller;
  /** Set once the document is found to be valid. */
  prepared?: Prepared;
}

// biome-ignore lint/complexity/noBannedTypes: what Yoga calls a context that adds nothing.
export type CallPlugin = Plugin<{}, Call>;

/** Who calls, where the plugin that finds out has been. */
export function callerOf({ caller }: Call): Caller {
  if (!caller) throw new Error('An operation got past the plugin that asks who calls.');
  return caller;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { Credential } from '../../../core/access/credential.ts';
import type { Principal } from '../../../core/access/principal.ts';
import type { AnswerBudget, AnswerHolder } from '../../../core/answers/budgets.ts';
import type { CallTrace } from '../../../core/tracing/tracing.ts';
import type { Prepared } from '../graphql.ts';

/** Who calls, and with which credential. */
export interface Caller {
  readonly principal: Principal;
  /** By which access is checked again: a subscription lives longer than the check at its start. */
  readonly credential: Credential;
  /** To whom unread answers are charged. */
  readonly holder: AnswerHolder;
}

/** What plugins know of an operation and pass on to later ones. Yoga calls it the server context. */
export interface Call {
  readonly req: IncomingMessage;
  /** The request's id; over a socket each operation has its own. */
  readonly requestId: string;
  /** Absent over a socket. */
  readonly res?: ServerResponse;
  /** Where an operation over a socket stands in a trace; that of others is noted with the request. */
  readonly trace?: CallTrace;
  /** Set once a body was received: its length in bytes, and what has to be called when its operation has ended. */
  body?: { readonly length: number; readonly close: () => void };
  /** The memory of the answer that is being made, or of a stream's last: whoever has written it ends it. */
  readonly making: { answer?: AnswerBudget };
  /** Set once the caller has authenticated. */
  caller?: Caller;
  /** Set once the document is valid. */
  prepared?: Prepared;
}

// biome-ignore lint/complexity/noBannedTypes: what Yoga calls a context that adds nothing.
export type CallPlugin = Plugin<{}, Call>;

/** The caller, once the access plugin has run. */
export function callerOf({ caller }: Call): Caller {
  if (!caller) throw new Error('An operation got past the plugin that authenticates callers.');
  return caller;
}

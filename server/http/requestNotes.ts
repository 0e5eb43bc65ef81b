import type { IncomingMessage } from 'node:http';
import type { Principal } from '../../core/access/principal.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';

/** What is known of a request only once it is being answered. */
export interface RequestNotes {
  principal?: Principal;
  /** The organization, where no principal asks. */
  tenant?: string;
  /** GraphQL: the operation's kind and name. REST: method and path with `:id`. */
  operation?: string;
  /** Where it stands in a trace. */
  trace?: CallTrace;
}

const notes = Symbol('notes');

/** The notes of a request, for whoever learns more of it. */
export function notesOf(request: IncomingMessage & { [notes]?: RequestNotes }): RequestNotes {
  request[notes] ??= {};
  return request[notes];
}

/**
 * The name of an operation's kind and of itself. @param name - of a document that is valid, so at most as long as a document; shortened
 */
export const operationName = (kind: string, name: string | undefined): string =>
  name === undefined ? kind : `${kind} ${name.slice(0, 100)}`;

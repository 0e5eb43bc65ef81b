import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTraceparent } from '../../core/tracing/traceparent.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf, type RequestNotes } from './requestNotes.ts';
import { traceparentIn } from './traceparent.ts';

/** Fields of a log's line, under the names that OpenTelemetry gives them: the call's own span, or else its caller's. */
export function traceFields(trace: CallTrace | undefined): object {
  const position = trace?.recorded ?? readTraceparent(trace?.traceparent);
  return position === null ? {} : { trace_id: position.traceId, span_id: position.spanId };
}

/** Where what is being answered stands in a trace, for the lines of the log about its failures. */
export class RequestTraces {
  readonly #open = new Map<string, RequestNotes>();

  /** Remembers an HTTP request until its answer or its connection has ended. */
  add(request: IncomingMessage, response: ServerResponse): void {
    const [id, notes] = [requestIdOf(request), notesOf(request)];
    notes.trace ??= { traceparent: traceparentIn(request) };
    this.#open.set(id, notes);
    response.once('close', () => this.forget(id, notes));
  }

  /** Remembers an operation of a socket, until it is forgotten. */
  remember(id: string, notes: RequestNotes): void {
    this.#open.set(id, notes);
  }

  forget(id: string, notes: RequestNotes): void {
    // Clients may choose one id for several requests.
    if (this.#open.get(id) === notes) this.#open.delete(id);
  }

  fieldsOf(requestId: string | undefined): object {
    return requestId === undefined ? {} : traceFields(this.#open.get(requestId)?.trace);
  }
}

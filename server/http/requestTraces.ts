import type { IncomingMessage } from 'node:http';
import { readTraceparent } from '../../core/tracing/traceparent.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';
import { notesOf } from './requestNotes.ts';
import { traceparentIn } from './traceparent.ts';

/** Where an HTTP request stands in a trace, as it is noted: at its caller's position, until it has a span. */
export function traceOf(request: IncomingMessage): CallTrace {
  const about = notesOf(request);
  about.trace ??= { traceparent: traceparentIn(request) };
  return about.trace;
}

/** Fields of a log's line, under the names that OpenTelemetry gives them: the call's own span, or else its caller's. */
export function traceFields(trace: CallTrace | undefined): object {
  const position = trace?.recorded ?? readTraceparent(trace?.traceparent);
  return position === null ? {} : { trace_id: position.traceId, span_id: position.spanId };
}

/** Where what is being answered stands in a trace, for the lines of the log about its failures. */
export class RequestTraces {
  readonly #open = new Map<string, CallTrace>();

  /** Remembers a request, or an operation of a socket, until it is recorded. */
  remember(requestId: string, trace: CallTrace): void {
    this.#open.set(requestId, trace);
  }

  forget(requestId: string, trace: CallTrace | undefined): void {
    // Clients may choose one id for several requests.
    if (this.#open.get(requestId) === trace) this.#open.delete(requestId);
  }

  fieldsOf(requestId: string | undefined): object {
    return requestId === undefined ? {} : traceFields(this.#open.get(requestId));
  }
}

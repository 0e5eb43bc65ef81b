import { readTraceparent } from '../../core/tracing/traceparent.ts';
import type { CallTrace } from '../../core/tracing/tracing.ts';

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

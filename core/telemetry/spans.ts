import type { Span, SpanContext } from '@opentelemetry/api';
import { type Context, context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OutsideBudget } from '../tracing/outsideBudget.ts';
import { readTraceparent, type TraceParent, traceparentOf } from '../tracing/traceparent.ts';
import type {
  AttemptTrace,
  EventTrace,
  PublishTrace,
  TracedEvent,
  TracedResult,
  TracedScope,
  TracedTask,
  Tracing,
} from '../tracing/tracing.ts';
import type { TraceSettings } from './settings.ts';

/** Why something is recorded: it was drawn here, or its publisher asked for it. */
type Decision = 'drawn' | 'asked' | null;

const contextOf = ({ traceId, spanId, sampled }: TraceParent): SpanContext => ({
  traceId,
  spanId,
  traceFlags: sampled ? 1 : 0,
  isRemote: true,
});

const childOf = (parent: SpanContext): Context => trace.setSpanContext(ROOT_CONTEXT, parent);

function positionOf(span: Span): TraceParent {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId, sampled: true };
}

const scopeOf = ({ organizationId, projectId }: TracedScope) => ({
  'everhook.organization.id': organizationId,
  ...(projectId === null ? {} : { 'everhook.project.id': projectId }),
});

const messaging = { 'messaging.system': 'everhook', 'messaging.destination.name': 'events' };

/**
 * Spans by OpenTelemetry. What is recorded is decided before a span is made, so that what is not recorded costs next to nothing. The
 * names of spans are few and fixed; what tenants choose is in attributes, and neither a URL's path nor any text of an error is.
 */
export class Spans implements Tracing {
  readonly #tracer: Tracer;
  readonly #settings: TraceSettings;
  readonly #asked: OutsideBudget;

  /**
   * @param tracer - records every span that it is asked for
   * @param askedPerSecond - see `TelemetrySettings`
   */
  constructor(tracer: Tracer, settings: TraceSettings, askedPerSecond: number) {
    this.#tracer = tracer;
    this.#settings = settings;
    this.#asked = new OutsideBudget(askedPerSecond);
  }

  publish(scope: TracedScope, events: readonly TracedEvent[], traceparent: string | null): PublishTrace | null {
    const call = traceparent === null ? null : readTraceparent(traceparent);
    if (events.every((event) => event.traceparent == null)) return this.#begin(scope, call, events.length);
    // Events that name the same position share a span.
    const counts = new Map<string | null, number>();
    const given = events.map((event) => {
      const own = event.traceparent == null ? null : readTraceparent(event.traceparent);
      const position = own ?? call;
      const name = position === null ? null : traceparentOf(position);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return name;
    });
    const traces = new Map(
      [...counts].map(([name, count]) => [
        name,
        this.#begin(scope, name === null ? null : readTraceparent(name), count),
      ]),
    );
    return new Several(
      [...traces.values()].filter((each) => each !== null),
      given.map((name) => traces.get(name)?.of(0) ?? null),
    );
  }

  attempt(task: TracedTask): AttemptTrace | null {
    const { trace: at = null, envelope } = task;
    const { organizationId } = envelope;
    if (at !== null) {
      const { recorded } = at;
      if (recorded === null || (at.asked && !this.#asked.take(organizationId))) return new PassedOn(at.traceparent);
      return this.#attempt(task, childOf(contextOf(recorded)), null);
    }
    const stored = envelope.traceparent == null ? null : readTraceparent(envelope.traceparent);
    // The span of Temporal's activity, if that is recorded.
    const active = trace.getSpan(context.active());
    if (active?.isRecording()) return this.#attempt(task, context.active(), stored);
    if (stored === null) return null;
    if (this.#decide(organizationId, stored) !== null) return this.#attempt(task, ROOT_CONTEXT, stored);
    return new PassedOn(traceparentOf(stored));
  }

  /**
   * Whether something is recorded. An id from outside decides nothing: whoever sends it could choose one that is always among the
   * ids that a share takes.
   */
  #decide(organizationId: string, parent: TraceParent | null): Decision {
    const { ratio, parentBased } = this.#settings;
    if (parent !== null && parentBased) {
      if (!parent.sampled) return null;
      if (this.#asked.take(organizationId)) return 'asked';
    }
    return ratio === 1 || (ratio > 0 && Math.random() < ratio) ? 'drawn' : null;
  }

  #begin(scope: TracedScope, parent: TraceParent | null, events: number): PublishTrace | null {
    const decision = this.#decide(scope.organizationId, parent);
    if (decision === null) return parent === null ? null : new PassedOnEvents(traceparentOf(parent));
    const span = this.#tracer.startSpan(
      'publish events',
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...messaging,
          'messaging.operation.name': 'publish',
          'messaging.operation.type': 'send',
          'messaging.batch.message_count': events,
          ...scopeOf(scope),
        },
      },
      parent === null ? ROOT_CONTEXT : childOf(contextOf(parent)),
    );
    return new Published(this.#tracer, span, events, decision === 'asked');
  }

  #attempt(task: TracedTask, parent: Context, linked: TraceParent | null): AttemptTrace {
    const { envelope, webhook, attempt } = task;
    const { protocol, hostname, port } = new URL(webhook.url);
    const span = this.#tracer.startSpan(
      'POST',
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': 'POST',
          'url.scheme': protocol.slice(0, -1),
          'server.address': hostname,
          'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
          ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
          'messaging.message.id': envelope.eventId,
          'everhook.delivery.id': envelope.deliveryId,
          'everhook.webhook.id': envelope.webhookId,
          'everhook.profile': webhook.profile.name,
          ...scopeOf(envelope),
        },
        links: linked === null ? [] : [{ context: contextOf(linked) }],
      },
      parent,
    );
    return new Attempted(span);
  }
}

/** What the publisher's trace says, where nothing is recorded here. */
class PassedOnEvents implements PublishTrace {
  readonly recorded = null;
  readonly #event: EventTrace;

  constructor(traceparent: string) {
    this.#event = { traceparent, recorded: null, asked: false };
  }

  of(): EventTrace {
    return this.#event;
  }

  storing(): void {}

  ended(): void {}
}

class PassedOn implements AttemptTrace {
  readonly traceparent: string;

  constructor(traceparent: string) {
    this.traceparent = traceparent;
  }

  ended(): void {}
}

class Published implements PublishTrace {
  readonly recorded: TraceParent;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #events: number;
  readonly #event: EventTrace;
  #store: Span | null = null;

  constructor(tracer: Tracer, span: Span, events: number, asked: boolean) {
    this.#tracer = tracer;
    this.#span = span;
    this.#events = events;
    this.recorded = positionOf(span);
    this.#event = { traceparent: traceparentOf(this.recorded), recorded: this.recorded, asked };
  }

  of(): EventTrace {
    return this.#event;
  }

  storing(): void {
    this.#store = this.#tracer.startSpan(
      'store events',
      { attributes: { ...messaging, 'messaging.batch.message_count': this.#events } },
      childOf(this.#span.spanContext()),
    );
  }

  ended(error: unknown): void {
    for (const span of [this.#store, this.#span]) {
      if (span === null) continue;
      if (error !== null) {
        const { code, name } = error as { code?: unknown; name?: unknown };
        span.setAttribute('error.type', String(code ?? name ?? '_OTHER'));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    }
  }
}

/** Events of one call at several positions. */
class Several implements PublishTrace {
  readonly #traces: readonly PublishTrace[];
  readonly #events: readonly (EventTrace | null)[];

  constructor(traces: readonly PublishTrace[], events: readonly (EventTrace | null)[]) {
    this.#traces = traces;
    this.#events = events;
  }

  get recorded(): TraceParent | null {
    return this.#traces.find(({ recorded }) => recorded !== null)?.recorded ?? null;
  }

  of(index: number): EventTrace | null {
    return this.#events[index] ?? null;
  }

  storing(): void {
    for (const each of this.#traces) each.storing();
  }

  ended(error: unknown): void {
    for (const each of this.#traces) each.ended(error);
  }
}

class Attempted implements AttemptTrace {
  readonly traceparent: string;
  readonly #span: Span;

  constructor(span: Span) {
    this.#span = span;
    this.traceparent = traceparentOf(positionOf(span));
  }

  ended({ outcome, responseCode }: TracedResult): void {
    const span = this.#span;
    if (responseCode !== null) span.setAttribute('http.response.status_code', responseCode);
    if (outcome !== 'SUCCEEDED') {
      span.setAttribute('error.type', outcome === 'HTTP_ERROR' ? String(responseCode) : outcome.toLowerCase());
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

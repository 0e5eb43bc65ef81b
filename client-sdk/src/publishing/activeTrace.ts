/** What all copies of `@opentelemetry/api` 1.x share in a process, as far as it is used here. */
interface OpenTelemetry {
  readonly context?: { active?(): { getValue?(key: symbol): unknown } };
}

interface Span {
  spanContext?(): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number };
}

const api = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');
const zeros = /^0+$/;

/**
 * Where the caller stands in a trace of OpenTelemetry, as W3C's `traceparent`. The package is not needed for this: where the
 * application uses it, the active span is found in the global that its copies share.
 *
 * @returns undefined where there is no active span
 */
export function activeTraceparent(): string | undefined {
  try {
    const shared = (globalThis as { [api]?: OpenTelemetry })[api];
    const span = shared?.context?.active?.().getValue?.(spanKey) as Span | undefined;
    const position = span?.spanContext?.();
    if (!position || zeros.test(position.traceId) || zeros.test(position.spanId)) return undefined;
    return `00-${position.traceId}-${position.spanId}-${(position.traceFlags & 1) === 1 ? '01' : '00'}`;
  } catch {
    // A trace never keeps an event from being published.
    return undefined;
  }
}

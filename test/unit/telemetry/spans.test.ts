import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { Spans } from '../../../core/telemetry/spans.ts';
import { readTraceparent } from '../../../core/tracing/traceparent.ts';
import type { EventTrace } from '../../../core/tracing/tracing.ts';

function recording(settings: { ratio: number; parentBased: boolean }, askedPerSecond: number) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  return {
    spans: new Spans(provider.getTracer('test'), settings, askedPerSecond),
    ended: () => exporter.getFinishedSpans(),
  };
}

const scope = { organizationId: 'harbour', projectId: null };
// An id that every share of ids has, because it counts as the smallest.
const parent = (flags: string) => `00-${'0'.repeat(31)}1-00f067aa0ba902b7-${flags}`;
const task = (trace: EventTrace | null, traceparent: string | null = null, organizationId = 'harbour') => ({
  envelope: { organizationId, projectId: null, deliveryId: 'd', eventId: 'e', webhookId: 'w', traceparent },
  webhook: { url: 'https://u:p@hooks.example.com:8443/secret/path?key=1', profile: { name: 'STANDARD' } },
  attempt: 1,
  trace,
});
const succeeded = { outcome: 'SUCCEEDED', responseCode: 200 };

describe('what publishers ask to have recorded', () => {
  it('is recorded within the bound, their attempts included, and passed on beyond it', () => {
    const { spans, ended } = recording({ ratio: 0, parentBased: true }, 8);
    const traces = Array.from({ length: 10 }, () => spans.publish(scope, [{}], parent('01')));
    for (const trace of traces) trace?.ended(null);
    const events = traces.map((trace) => trace?.of(0) as EventTrace);
    // Half of the bound is one organization's, unless a second has passed meanwhile.
    const recorded = events.filter((event) => event.recorded !== null);
    expect(recorded.length).toBeGreaterThanOrEqual(4);
    expect(recorded.length).toBeLessThanOrEqual(8);
    expect(ended()).toHaveLength(recorded.length);
    expect(events.at(-1)).toMatchObject(recorded.length === 10 ? {} : { traceparent: parent('01'), recorded: null });
    const attempts = Array.from({ length: 20 }, () => spans.attempt(task(recorded[0] as EventTrace)));
    for (const attempt of attempts) attempt?.ended(succeeded);
    expect(ended().length).toBeLessThanOrEqual(16);
    // The receiver still hears of the span that published the event.
    expect(attempts.at(-1)?.traceparent).toBe(recorded[0]?.traceparent);
  });

  it('is nothing where they say that they do not record', () => {
    const { spans, ended } = recording({ ratio: 1, parentBased: true }, 100);
    const trace = spans.publish(scope, [{}], parent('00'));
    expect(trace?.of(0)).toEqual({ traceparent: parent('00'), recorded: null, asked: false });
    const attempt = spans.attempt(task(trace?.of(0) ?? null));
    expect(attempt?.traceparent).toBe(parent('00'));
    attempt?.ended(succeeded);
    expect(ended()).toEqual([]);
  });

  it('is drawn without a look at their ids where they do not decide', () => {
    const { spans } = recording({ ratio: 0.5, parentBased: false }, 100);
    const drawn = Array.from({ length: 200 }, () => spans.publish(scope, [{}], parent('01'))?.of(0)?.recorded != null);
    expect(new Set(drawn)).toEqual(new Set([true, false]));
  });
});

describe('what begins here', () => {
  it('is recorded by the share, and leaves nothing where it is not', () => {
    const none = recording({ ratio: 0, parentBased: true }, 100);
    expect(none.spans.publish(scope, [{}, {}], null)).toBeNull();
    expect(none.spans.publish(scope, [{}], 'no position')).toBeNull();
    expect(none.spans.attempt(task(null))).toBeNull();
    const all = recording({ ratio: 1, parentBased: true }, 0);
    const trace = all.spans.publish(scope, [{}], null);
    const event = trace?.of(0) as EventTrace;
    expect(event.recorded).not.toBeNull();
    expect(event.asked).toBe(false);
    // Not bounded: no publisher asked for it.
    expect(all.spans.attempt(task(event))?.traceparent).not.toBe(event.traceparent);
  });
});

describe('a span of an attempt', () => {
  it('has the host of its receiver, and neither the path nor the credentials of its URL', () => {
    const { spans, ended } = recording({ ratio: 1, parentBased: true }, 100);
    spans.attempt(task(null, parent('01')))?.ended({ outcome: 'TIMEOUT', responseCode: null });
    const [span] = ended();
    expect(span?.attributes).toMatchObject({
      'server.address': 'hooks.example.com',
      'server.port': 8443,
      'url.scheme': 'https',
      'error.type': 'timeout',
    });
    expect(JSON.stringify([span?.name, span?.attributes])).not.toMatch(/secret|path|u:p/);
    expect(span?.links.map(({ context }) => context.spanId)).toEqual([readTraceparent(parent('01'))?.spanId]);
    expect(span?.parentSpanId).toBeUndefined();
  });
});

describe('a call that fails', () => {
  it('shows the kind of its error, and none of its text', () => {
    const { spans, ended } = recording({ ratio: 1, parentBased: true }, 100);
    const trace = spans.publish(scope, [{}], null);
    trace?.ended(Object.assign(new Error('data.secret is wrong'), { code: 'VALIDATION_FAILED' }));
    expect(ended().map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['publish events', 'VALIDATION_FAILED'],
    ]);
    expect(JSON.stringify(ended().map(({ status, events }) => [status, events]))).not.toContain('secret');
  });
});

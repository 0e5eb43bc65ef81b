import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Tracer } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { version } from '../ground/version.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { Complaints } from './complaints.ts';
import type { MoreMetrics } from './registryProducer.ts';
import type { CollectorSettings, TelemetrySettings } from './settings.ts';

/** What a process sends to its collector. */
export interface Telemetry {
  readonly tracing: Tracing | null;
  /** For Temporal's interceptors. */
  readonly temporal: TemporalTracing | null;
  /** Sends a line of the log, where logs are sent. */
  line(line: string): void;
  /** Where what runs now stands in a trace, for a line of the log. */
  fields(): { readonly trace_id?: string; readonly span_id?: string };
  /** Where failures to send are reported, at most once a minute. */
  reportTo(log: Logger): void;
  /** Sends a registry's metrics from now on, and more beside them, where metrics are sent. */
  measure(registry: Registry, more?: MoreMetrics): void;
  /** Sends what is left, in a second at most. */
  close(): Promise<void>;
}

export interface TemporalTracing {
  readonly tracer: Tracer;
  readonly processor: SpanProcessor;
  readonly resource: Resource;
}

/** A collector that does not answer holds up the end of its process no longer than this. Milliseconds. */
const closeMs = 1_000;

/** What an exporter does not read from the environment by itself. */
const optionsOf = ({ headers, authority, client }: CollectorSettings) => ({
  headers: { ...headers },
  httpAgentOptions: {
    // A batch that meets the end of an idle connection is lost: the exporters send none again after an error of the connection, and
    // a collector may end one just when the next batch leaves. A connection for each batch, every few seconds, costs little.
    keepAlive: false,
    ...(authority ? { ca: authority } : {}),
    ...(client ? { cert: client.certificate, key: client.key } : {}),
  },
});

/**
 * Starts what the settings ask for. The packages of OpenTelemetry are loaded only now: without settings they cost nothing. The
 * exporters read `OTEL_EXPORTER_OTLP_*` but for headers and certificates, the queues `OTEL_BSP_*` and `OTEL_BLRP_*` themselves.
 *
 * @param kind - of the process
 * @param asynchronous - whether the context of Temporal's activities must last beyond what runs at once
 */
export async function startTelemetry(
  settings: TelemetrySettings,
  kind: string,
  asynchronous: boolean,
): Promise<Telemetry> {
  const [{ setGlobalErrorHandler }, resources] = await Promise.all([
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
  ]);
  const complaints = new Complaints();
  setGlobalErrorHandler((error) => complaints.add(error));
  const resource = new resources.Resource({
    'service.name': `everhook-${kind}`,
    'service.version': version,
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
  }).merge(resources.detectResourcesSync({ detectors: [resources.envDetectorSync] }));
  const closing: (() => Promise<unknown>)[] = [];
  const { traces, metrics, logs, collector } = settings;
  const tracers = traces === null ? null : await startTraces();
  const line = logs ? await startLogs() : null;
  const measuring = metrics === null ? null : await loadMetrics();

  async function startTraces() {
    if (traces === null) return null;
    const [api, { W3CTraceContextPropagator }, sdk, { OTLPTraceExporter }, { Spans }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('./spans.ts'),
    ]);
    api.context.setGlobalContextManager(
      asynchronous
        ? new (await import('@opentelemetry/context-async-hooks')).AsyncLocalStorageContextManager().enable()
        : new (await import('./stackContext.ts')).StackContext(),
    );
    // Neither `tracestate` nor baggage, which may hold anything.
    api.propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const processor = new sdk.BatchSpanProcessor(new OTLPTraceExporter(optionsOf(collector.traces)));
    closing.push(() => processor.shutdown());
    const tracerOf = (sampler: import('@opentelemetry/sdk-trace-base').Sampler, name: string) =>
      new sdk.BasicTracerProvider({ resource, sampler, spanProcessors: [processor] }).getTracer(name, version);
    return {
      active() {
        const { traceId, spanId } = api.trace.getSpan(api.context.active())?.spanContext() ?? {};
        return traceId && spanId ? { trace_id: traceId, span_id: spanId } : null;
      },
      tracing: new Spans(tracerOf(new sdk.AlwaysOnSampler(), 'everhook'), traces, settings.askedPerSecond),
      // By the trace's id alone, so that all processes record the same ones.
      temporal: { tracer: tracerOf(new sdk.TraceIdRatioBasedSampler(traces.ratio), 'temporal'), processor, resource },
    };
  }

  async function startLogs() {
    const [{ BatchLogRecordProcessor, LoggerProvider }, { OTLPLogExporter }, { lineSender }] = await Promise.all([
      import('@opentelemetry/sdk-logs'),
      import('@opentelemetry/exporter-logs-otlp-proto'),
      import('./logLines.ts'),
    ]);
    const provider = new LoggerProvider({ resource });
    provider.addLogRecordProcessor(new BatchLogRecordProcessor(new OTLPLogExporter(optionsOf(collector.logs))));
    closing.push(() => provider.shutdown());
    return lineSender(provider.getLogger('everhook', version));
  }

  async function loadMetrics() {
    const [sdk, { OTLPMetricExporter }, { RegistryProducer }] = await Promise.all([
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/exporter-metrics-otlp-proto'),
      import('./registryProducer.ts'),
    ]);
    return { ...sdk, OTLPMetricExporter, RegistryProducer };
  }

  return {
    tracing: tracers?.tracing ?? null,
    temporal: tracers?.temporal ?? null,
    line: line ?? (() => {}),
    fields: () => tracers?.active() ?? {},
    reportTo: (log) => complaints.reportTo(log),
    measure(registry, more) {
      if (measuring === null || metrics === null) return;
      const { MeterProvider, PeriodicExportingMetricReader, OTLPMetricExporter, RegistryProducer } = measuring;
      const reader = new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(optionsOf(collector.metrics)),
        exportIntervalMillis: metrics.intervalMs,
        exportTimeoutMillis: metrics.timeoutMs,
        metricProducers: [new RegistryProducer(registry, more ?? null)],
      });
      const provider = new MeterProvider({ resource, readers: [reader] });
      closing.push(() => provider.shutdown());
    },
    async close() {
      const sent = Promise.allSettled(closing.map((end) => end()));
      const late = new Promise((resolve) => setTimeout(resolve, closeMs).unref());
      await Promise.race([sent, late]);
    },
  };
}

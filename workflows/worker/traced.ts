import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker/index.js';
import type { ActivityInterceptorsFactory, WorkerOptions } from '@temporalio/worker';
import type { TemporalTracing } from '../../core/telemetry/telemetry.ts';

/** What of a worker's options traces activities and workflows. @param tracing - null: off */
export function traced(tracing: TemporalTracing | null): Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  // Workflows that were traced once still send their spans.
  if (tracing === null) return { sinks: { exporter: { export: { fn() {} } } } };
  const { tracer, processor, resource } = tracing;
  const activity: ActivityInterceptorsFactory = (running) => ({
    inbound: new OpenTelemetryActivityInboundInterceptor(running, { tracer }),
  });
  return { interceptors: { activity: [activity] }, sinks: { exporter: makeWorkflowExporter(processor, resource) } };
}

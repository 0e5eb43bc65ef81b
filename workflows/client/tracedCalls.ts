import { context, type Tracer, trace } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client/index.js';
import { traceHeader } from '../names.ts';

/** Traces the calls to workflows. A workflow is told of the trace of its call only if that is recorded. */
export function tracedCalls(tracer: Tracer): WorkflowClientInterceptor[] {
  return [new OpenTelemetryWorkflowClientInterceptor({ tracer }), unlessUnrecorded];
}

/** Takes away what the interceptor before it has added, where that is not recorded: the workflow would only carry it around. */
function told<Input extends { readonly headers: object }, Output>(
  input: Input,
  next: (input: Input) => Output,
): Output {
  if (trace.getSpan(context.active())?.isRecording()) return next(input);
  const { [traceHeader]: _, ...headers } = input.headers as Record<string, unknown>;
  return next({ ...input, headers });
}

const unlessUnrecorded: WorkflowClientInterceptor = {
  start: told,
  startWithDetails: told,
  signal: told,
  signalWithStart: told,
  startUpdate: told,
  query: told,
};

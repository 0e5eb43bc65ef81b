import { context, trace } from '@opentelemetry/api';
import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/workflow/index.js';
import type {
  ActivityInput,
  ContinueAsNewInput,
  LocalActivityInput,
  Next,
  QueryInput,
  SignalInput,
  UpdateInput,
  WorkflowExecuteInput,
  WorkflowInboundCallsInterceptor,
  WorkflowInterceptors,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { traceHeader } from './names.ts';

type In = WorkflowInboundCallsInterceptor;
type Out = WorkflowOutboundCallsInterceptor;

/**
 * Traces what comes with a trace, and nothing else. Whether it does is in the history: so a history is replayed in the same steps,
 * wherever tracing is on or off then, and where none is, workflows run as if this were not here. That is why no function here is
 * `async`: each would add steps of its own to what waits for it.
 */
class Inbound extends OpenTelemetryInboundInterceptor {
  override execute(input: WorkflowExecuteInput, next: Next<In, 'execute'>): Promise<unknown> {
    return traceHeader in input.headers ? super.execute(input, next) : next(input);
  }

  override handleSignal(input: SignalInput, next: Next<In, 'handleSignal'>): Promise<void> {
    return traceHeader in input.headers ? super.handleSignal(input, next) : next(input);
  }

  override handleUpdate(input: UpdateInput, next: Next<In, 'handleUpdate'>): Promise<unknown> {
    return traceHeader in input.headers ? super.handleUpdate(input, next) : next(input);
  }

  override validateUpdate(input: UpdateInput, next: Next<In, 'validateUpdate'>): void {
    if (traceHeader in input.headers) super.validateUpdate(input, next);
    else next(input);
  }

  override handleQuery(input: QueryInput, next: Next<In, 'handleQuery'>): Promise<unknown> {
    return traceHeader in input.headers ? super.handleQuery(input, next) : next(input);
  }
}

const isTraced = (): boolean => trace.getSpan(context.active()) !== undefined;

class Outbound extends OpenTelemetryOutboundInterceptor {
  override scheduleActivity(input: ActivityInput, next: Next<Out, 'scheduleActivity'>): Promise<unknown> {
    return isTraced() ? super.scheduleActivity(input, next) : next(input);
  }

  override scheduleLocalActivity(
    input: LocalActivityInput,
    next: Next<Out, 'scheduleLocalActivity'>,
  ): Promise<unknown> {
    return isTraced() ? super.scheduleLocalActivity(input, next) : next(input);
  }

  override continueAsNew(input: ContinueAsNewInput, next: Next<Out, 'continueAsNew'>): Promise<never> {
    return isTraced() ? super.continueAsNew(input, next) : next(input);
  }
}

/** Temporal calls it for each workflow. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [new Inbound()],
  outbound: [new Outbound()],
  internals: [new OpenTelemetryInternalsInterceptor()],
});

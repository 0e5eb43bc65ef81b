import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import type { SignalIssue } from '../../core/issues/issueWaker.ts';
import type { TemporalTracing } from '../../core/telemetry/telemetry.ts';
import { type Findable, findableOver } from './findable.ts';
import { type SignalDeadline, signalDeadlineOver } from './signalDeadline.ts';
import { signalIssueOver } from './signalIssue.ts';
import { signalWorkflowOver } from './signalWorkflow.ts';
import { type StartPartly, startPartlyOver } from './startPartly.ts';
import { createTemporalClient, type OnCall, type TemporalClient, type TemporalSettings } from './temporal.ts';
import { tracedCalls } from './tracedCalls.ts';

/** How a process reaches its workflows, over one connection to Temporal. */
export interface Workflows {
  readonly temporal: TemporalClient;
  readonly findable: Findable;
  readonly signalWebhook: SignalWorkflow;
  readonly signalIssue: SignalIssue;
  readonly signalDeadline: SignalDeadline;
  readonly startRecovery: StartPartly;
  readonly startDeletion: StartPartly;
  readonly startErasure: StartPartly;
  readonly startResume: StartPartly;
  close(): Promise<void>;
}

export function createWorkflows(
  settings: TemporalSettings,
  parts: { readonly pool: Pool; readonly log: Logger; readonly metrics: { readonly called: OnCall } },
  tracing: Pick<TemporalTracing, 'tracer'> | null = null,
): Workflows {
  const temporal = createTemporalClient(
    settings,
    parts.metrics.called,
    tracing === null ? [] : tracedCalls(tracing.tracer),
  );
  const findable = findableOver(settings.namespace, parts.pool, parts.log);
  return {
    temporal,
    findable,
    signalWebhook: signalWorkflowOver(temporal, findable),
    signalIssue: signalIssueOver(temporal),
    signalDeadline: signalDeadlineOver(temporal),
    startRecovery: startPartlyOver(temporal, 'recover'),
    startDeletion: startPartlyOver(temporal, 'deleteTenant'),
    startErasure: startPartlyOver(temporal, 'erase'),
    startResume: startPartlyOver(temporal, 'resume'),
    close: () => temporal.close(),
  };
}

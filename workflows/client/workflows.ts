import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { SignalWorkflow } from '../../core/deliveries/ownership.ts';
import type { SignalIssue } from '../../core/issues/issueWaker.ts';
import { type Findable, findableOver } from './findable.ts';
import { type SignalDeadline, signalDeadlineOver } from './signalDeadline.ts';
import { signalIssueOver } from './signalIssue.ts';
import { signalWorkflowOver } from './signalWorkflow.ts';
import { type StartDeletion, startDeletionOver } from './startDeletion.ts';
import { type StartErasure, startErasureOver } from './startErasure.ts';
import { type StartRecovery, startRecoveryOver } from './startRecovery.ts';
import { type StartResume, startResumeOver } from './startResume.ts';
import { createTemporalClient, type OnCall, type TemporalClient, type TemporalSettings } from './temporal.ts';

/** How a process reaches its workflows, over one connection to Temporal. */
export interface Workflows {
  readonly temporal: TemporalClient;
  readonly findable: Findable;
  readonly signalWebhook: SignalWorkflow;
  readonly signalIssue: SignalIssue;
  readonly signalDeadline: SignalDeadline;
  readonly startRecovery: StartRecovery;
  readonly startDeletion: StartDeletion;
  readonly startErasure: StartErasure;
  readonly startResume: StartResume;
  close(): Promise<void>;
}

export function createWorkflows(
  settings: TemporalSettings,
  parts: { readonly pool: Pool; readonly log: Logger; readonly metrics: { readonly called: OnCall } },
): Workflows {
  const temporal = createTemporalClient(settings, parts.metrics.called);
  const findable = findableOver(settings.namespace, parts.pool, parts.log);
  return {
    temporal,
    findable,
    signalWebhook: signalWorkflowOver(temporal, findable),
    signalIssue: signalIssueOver(temporal),
    signalDeadline: signalDeadlineOver(temporal),
    startRecovery: startRecoveryOver(temporal),
    startDeletion: startDeletionOver(temporal),
    startErasure: startErasureOver(temporal),
    startResume: startResumeOver(temporal),
    close: () => temporal.close(),
  };
}

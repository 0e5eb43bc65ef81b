import type { IssueRef } from '../core/issues/provider.ts';

/** The task queue of the worker processes. */
export const taskQueue = 'everhook';

/** The deployment in which worker processes register their versions. */
export const deploymentName = 'everhook';

/** One workflow for each webhook with waiting deliveries. */
export const deliverWorkflowId = (webhookId: string) => `deliver:${webhookId}`;

/** One workflow for each issue with reports. */
export const issueWorkflowId = ({ projectId, provider, externalId }: IssueRef) =>
  `issue:${projectId}:${provider}:${externalId}`;

export const sweepScheduleId = 'sweep';

/** One workflow for each retiring secret. */
export const retireSecretWorkflowId = (secretId: string) => `retireSecret:${secretId}`;

/** One workflow for each deletion of an organization or a project. */
export const deleteTenantWorkflowId = (deletionId: string) => `deleteTenant:${deletionId}`;

/** One workflow for each erasure. */
export const eraseWorkflowId = (erasureId: string) => `erase:${erasureId}`;

/** One workflow for each recovery. */
export const recoverWorkflowId = (recoveryId: string) => `recover:${recoveryId}`;

/** One workflow for each webhook that resumes. */
export const resumeWorkflowId = (webhookId: string) => `resume:${webhookId}`;

/** Under this name Temporal's interceptors put a trace into the headers of calls. */
export const traceHeader = '_tracer-data';

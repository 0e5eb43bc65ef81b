import type { IssueRef } from '../core/issues/provider.ts';

/** The task queue of the worker processes. */
export const taskQueue = 'everhook';

/** The deployment whose versions worker processes register. */
export const deploymentName = 'everhook';

/** One workflow a webhook that has deliveries waiting. */
export const deliverWorkflowId = (webhookId: string) => `deliver:${webhookId}`;

/** One workflow an issue that something is reported of. */
export const issueWorkflowId = ({ projectId, provider, externalId }: IssueRef) =>
  `issue:${projectId}:${provider}:${externalId}`;

export const sweepScheduleId = 'sweep';

/** One workflow a secret that retires. */
export const retireSecretWorkflowId = (secretId: string) => `retireSecret:${secretId}`;

/** One workflow a recovery. */
export const recoverWorkflowId = (recoveryId: string) => `recover:${recoveryId}`;

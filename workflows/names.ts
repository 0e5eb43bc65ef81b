/** The task queue of the worker processes. */
export const taskQueue = 'everhook';

/** The deployment whose versions worker processes register. */
export const deploymentName = 'everhook';

/** One workflow a webhook that has deliveries waiting. */
export const deliverWorkflowId = (webhookId: string) => `deliver:${webhookId}`;

export const sweepScheduleId = 'sweep';

import { deliverWorkflowId } from '../names.ts';

/** Where people find the workflow that owns a webhook's retries. */
export interface RetryWorkflows {
  idOf(webhookId: string): string;
  /** Its page in Temporal's UI; null if the UI's address is not configured. */
  urlOf(webhookId: string): string | null;
}

/** @param uiUrl - the address of Temporal's UI, without a slash at its end */
export const retryWorkflowsAt = (uiUrl: string | null, namespace: string): RetryWorkflows => ({
  idOf: deliverWorkflowId,
  // A workflow's page leads to its latest run.
  urlOf: (webhookId) =>
    uiUrl &&
    `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(deliverWorkflowId(webhookId))}`,
});

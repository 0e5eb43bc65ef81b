import { deliverWorkflowId } from '../names.ts';

/** How people find the workflow that owns a webhook's retries. */
export interface RetryWorkflows {
  idOf(webhookId: string): string;
  /** Its page in Temporal's UI; null where nobody said where that is. */
  urlOf(webhookId: string): string | null;
}

/** @param uiUrl - where Temporal's UI is, without a slash at its end */
export const retryWorkflowsAt = (uiUrl: string | null, namespace: string): RetryWorkflows => ({
  idOf: deliverWorkflowId,
  // The page of a workflow leads to its latest run.
  urlOf: (webhookId) =>
    uiUrl &&
    `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(deliverWorkflowId(webhookId))}`,
});

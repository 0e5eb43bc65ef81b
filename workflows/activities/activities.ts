import type { SweepParts } from '../../core/sweep/jobs.ts';
import { createDeliveryActivities, type DeliveryActivityParts } from './deliveryActivities.ts';
import { createIssueActivities, type IssueActivityParts } from './issueActivities.ts';
import { createLifecycleActivities, type LifecycleActivityParts } from './lifecycleActivities.ts';
import { createSweepActivities } from './sweepActivities.ts';

export interface ActivityParts
  extends DeliveryActivityParts,
    Omit<LifecycleActivityParts, 'atMostMs'>,
    Omit<SweepParts, 'issueWaker' | 'workflows'> {
  readonly issues: IssueActivityParts;
  /** Longest time that one activity works on a recovery, in milliseconds. */
  readonly recoverAtMostMs: number;
  /** Starts the workflows of secrets and recoveries. */
  readonly workflows: SweepParts['workflows'];
}

/** The activities of a worker process, made from the parts that it has opened. */
export function createActivities(parts: ActivityParts) {
  return {
    ...createDeliveryActivities(parts),
    ...createIssueActivities(parts.issues),
    ...createLifecycleActivities({ ...parts, atMostMs: parts.recoverAtMostMs }),
    ...createSweepActivities({ ...parts, issueWaker: parts.issues.issueWaker }),
  };
}

export type Activities = ReturnType<typeof createActivities>;

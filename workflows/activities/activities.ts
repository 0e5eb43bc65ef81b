import type { SharedQuota } from '../../core/fairness/quota.ts';
import type { SweepParts } from '../../core/sweep/jobs.ts';
import { createDeletionActivities, type DeletionActivityParts } from './deletionActivities.ts';
import { createDeliveryActivities, type DeliveryActivityParts } from './deliveryActivities.ts';
import { createErasureActivities, type ErasureActivityParts } from './erasureActivities.ts';
import { createIssueActivities, type IssueActivityParts } from './issueActivities.ts';
import { createRecoveryActivities, type RecoveryActivityParts } from './recoveryActivities.ts';
import { createSecretActivities } from './secretActivities.ts';
import { createSweepActivities } from './sweepActivities.ts';

export interface ActivityParts
  extends DeliveryActivityParts,
    RecoveryActivityParts,
    DeletionActivityParts,
    ErasureActivityParts,
    Omit<SweepParts, 'issueWaker'> {
  readonly issues: IssueActivityParts;
  /** Issues that are fetched in this process, by organization. */
  readonly issuePlaces: SharedQuota;
}

/** The activities of a worker process, made from the parts that it has opened. */
export function createActivities(parts: ActivityParts) {
  return {
    ...createDeliveryActivities(parts),
    ...createIssueActivities(parts.issues, parts.issuePlaces),
    ...createSecretActivities(parts),
    ...createRecoveryActivities(parts),
    ...createDeletionActivities(parts),
    ...createErasureActivities(parts),
    ...createSweepActivities({ ...parts, issueWaker: parts.issues.issueWaker }),
  };
}

export type Activities = ReturnType<typeof createActivities>;

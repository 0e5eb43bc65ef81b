import type { DeliveryStatus } from '../store/prisma/enums.ts';
import type { Change, ChangeSource } from './changeSource.ts';

/** A delivery that changed. */
export interface DeliveryChange extends Change {
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly webhookId: string | null;
  readonly status: DeliveryStatus;
}

export const deliverySource: ChangeSource<DeliveryChange> = {
  topic: 'delivery',
  names: { one: 'delivery', many: 'deliveries', scope: 'organization' },
  from: 'delivery d',
  scope: 'd.organization_id',
  columns: {
    id: 'd.id',
    organizationId: 'd.organization_id',
    projectId: 'd.project_id',
    webhookId: 'd.webhook_id',
    status: 'd.status',
    version: 'd.version',
    changedAt: 'd.changed_at',
  },
};

/** Which of an organization's changes a subscriber wants; an absent member admits all. */
export interface Selection {
  readonly projectId?: string | null | undefined;
  readonly webhookId?: string | null | undefined;
  /** Compared with the latest state: a status that a delivery had only in between may be skipped. */
  readonly statuses?: readonly DeliveryStatus[] | undefined;
}

/** Clients write ids in either case; rows have them in lower case. */
export function selected({ projectId, webhookId, statuses }: Selection): (change: DeliveryChange) => boolean {
  const [project, webhook] = [projectId?.toLowerCase(), webhookId?.toLowerCase()];
  return (change) =>
    (project === undefined || change.projectId === project) &&
    (webhook === undefined || change.webhookId === webhook) &&
    (statuses === undefined || statuses.includes(change.status));
}

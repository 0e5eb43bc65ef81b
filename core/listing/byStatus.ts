import type { IndexedList, Part } from './indexedList.ts';
import { perScopeAnd } from './runs.ts';
import { organizationsOf, type Scopes } from './scopes.ts';

/** The statuses that projects' and webhooks' lists have indexes for. */
const rare: readonly string[] = ['RETRYING', 'FAILED', 'CANCELLED'];
const lasting = rare.map((status) => `'${status}'`).join(', ');

/** A status has an index of organizations, unless it is DELIVERED; those that last have one of projects and of webhooks, too. */
function byStatus(
  column: 'organization_id' | 'project_id' | 'webhook_id',
  ids: readonly string[],
  statuses: readonly string[],
): Part {
  const indexed = column === 'organization_id' ? "d.status <> 'DELIVERED'" : `d.status IN (${lasting})`;
  return {
    runs: perScopeAnd(ids, statuses, 'delivery_status[]'),
    from: 'delivery d',
    where: () => `d.${column} = scope.id AND d.status = each.value AND ${indexed}`,
    id: 'd.id',
  };
}

/** @returns none where DELIVERED is among them */
export function ofWebhookByStatus(
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
  statuses: readonly string[],
): IndexedList[] {
  if (statuses.includes('DELIVERED')) return [];
  const underWay = statuses.filter((status) => !rare.includes(status));
  const own = byStatus(
    'webhook_id',
    [id],
    statuses.filter((status) => rare.includes(status)),
  );
  return underWay.length === 0
    ? [{ covers: ['webhook', 'statuses'], parts: [own] }]
    : [{ covers: ['statuses'], parts: [own, byStatus('organization_id', [organizationId], underWay)] }];
}

export function ofScopesByStatus(scopes: Scopes, statuses: readonly string[]): IndexedList[] {
  if (statuses.includes('DELIVERED')) return [];
  const underWay = statuses.filter((status) => !rare.includes(status));
  const { organizationIds, projects } = scopes;
  const parts = [
    byStatus('organization_id', organizationIds, statuses),
    byStatus(
      'project_id',
      projects.map(({ projectId }) => projectId),
      statuses.filter((status) => rare.includes(status)),
    ),
  ];
  if (projects.length === 0 || underWay.length === 0) return [{ covers: ['scope', 'statuses'], parts }];
  const others = organizationsOf({ organizationIds: [], projects });
  return [{ covers: ['statuses'], parts: [...parts, byStatus('organization_id', others, underWay)] }];
}

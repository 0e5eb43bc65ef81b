import { byLabel } from './byLabel.ts';
import { ofScopesByStatus, ofWebhookByStatus } from './byStatus.ts';
import { type DeliveryFilter, deliveryConditions } from './deliveryFilter.ts';
import { type IndexedList, maxRuns, type Part, readable } from './indexedList.ts';
import { perScope, perScopeAnd } from './runs.ts';
import { organizationsOf, type Scopes } from './scopes.ts';
import type { Filtered, Read } from './walk.ts';

/**
 * The ways to read the deliveries that a filter asks for.
 *
 * @param scopes - null for everything there is
 */
export async function deliveriesOf(read: Read, scopes: Scopes | null, filter: DeliveryFilter): Promise<Filtered> {
  const conditions = deliveryConditions(scopes, filter);
  const lists = await listsOf(read, scopes, filter);
  return { conditions, lists: readable(lists) };
}

async function listsOf(read: Read, scopes: Scopes | null, filter: DeliveryFilter): Promise<IndexedList[]> {
  const { webhook, eventId, eventTypes, statuses, responseCode, direction, isTest, labels = [] } = filter;
  const own = (covers: string[], where: Part['where'], runs?: Part['runs']): IndexedList => ({
    covers,
    parts: [{ from: 'delivery d', where, id: 'd.id', ...(runs && { runs }) }],
  });
  if (eventId !== undefined) return [own(['event'], (p) => `d.event_id = ${p.add(eventId, 'uuid')}`)];

  const lists: IndexedList[] = [];
  if (webhook !== undefined) {
    lists.push(own(['webhook'], (p) => `d.webhook_id = ${p.add(webhook.id, 'uuid')}`));
    if (eventTypes) lists.push(byWebhookAndType([webhook.id], eventTypes, ['webhook', 'types']));
    if (statuses) lists.push(...ofWebhookByStatus(webhook, statuses));
  }
  if (scopes) {
    if (webhook === undefined) lists.push(ofScopes(scopes, ['scope']));
    if (webhook === undefined && eventTypes) lists.push(await byType(read, scopes, eventTypes, direction));
    if (webhook === undefined && statuses) lists.push(...ofScopesByStatus(scopes, statuses));
    if (direction === 'INBOUND') lists.push(ofScopes(scopes, ['scope', 'direction'], "d.direction = 'INBOUND'"));
    const organizationIds = organizationsOf(scopes);
    const ofOrganizations = perScope(organizationIds);
    if (responseCode !== undefined && responseCode !== 200) {
      lists.push(
        own(
          ['code'],
          (p) =>
            `d.organization_id = scope.id AND d.response_code = ${p.add(responseCode, 'int')} AND d.response_code <> 200`,
          ofOrganizations,
        ),
      );
    }
    if (isTest) lists.push(own(['test'], () => 'd.organization_id = scope.id AND d.is_test', ofOrganizations));
    for (const [index, label] of labels.entries()) {
      lists.push(await byLabel(read, 'delivery', organizationIds, label, `label ${index}`, eventTypes));
    }
  }
  return lists.length > 0 ? lists : [own([], () => 'true')];
}

/** By organization and by project, both of which have an index. @param more - SQL that the index's rows fit as well */
function ofScopes({ organizationIds, projects }: Scopes, covers: readonly string[], more = 'true'): IndexedList {
  const part = (column: string, ids: readonly string[]): Part => ({
    runs: perScope(ids),
    from: 'delivery d',
    where: () => `d.${column} = scope.id AND ${more}`,
    id: 'd.id',
  });
  const projectIds = projects.map(({ projectId }) => projectId);
  return { covers, parts: [part('organization_id', organizationIds), part('project_id', projectIds)] };
}

const byWebhookAndType = (
  webhookIds: readonly string[],
  types: readonly string[],
  covers: readonly string[],
): IndexedList => ({
  covers,
  parts: [
    {
      runs: perScopeAnd(webhookIds, types),
      from: 'delivery d',
      where: () => 'd.webhook_id = scope.id AND d.event_type = each.value',
      id: 'd.id',
    },
  ],
});

/** By type: those of each webhook in the scopes, and the reports of trackers, which have none. */
async function byType(
  read: Read,
  scopes: Scopes,
  types: readonly string[],
  direction: DeliveryFilter['direction'],
): Promise<IndexedList> {
  const { organizationIds, projects } = scopes;
  const webhooks =
    direction === 'INBOUND'
      ? []
      : await read<{ id: string }>(
          `SELECT id FROM webhook WHERE organization_id = ANY ($1::uuid[])
           UNION ALL
           SELECT id FROM webhook WHERE project_id = ANY ($2::uuid[])
           LIMIT ${maxRuns + 1}`,
          [organizationIds, projects.map(({ projectId }) => projectId)],
        );
  const { parts, covers } = byWebhookAndType(
    webhooks.map(({ id }) => id),
    types,
    ['types'],
  );
  if (direction === 'OUTBOUND') return { parts, covers: ['scope', ...covers] };
  const organizations = organizationsOf(scopes);
  const inbound: Part = {
    runs: perScopeAnd(organizations, types),
    from: 'delivery d',
    where: () => 'd.organization_id = scope.id AND d.event_type = each.value AND d.webhook_id IS NULL',
    id: 'd.id',
  };
  // The trackers' index has no project.
  return { parts: [...parts, inbound], covers: projects.length === 0 ? ['scope', ...covers] : covers };
}

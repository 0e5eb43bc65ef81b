import type { PoolClient } from 'pg';
import type { Routes } from '../deliveries/routing.ts';
import { insertWaiting } from '../events/insertStatement.ts';
import { newId } from '../ground/newId.ts';
import type { Profile } from '../store/prisma/enums.ts';
import { issueEventData, issueEventType } from './issueEvent.ts';
import type { StoredChange } from './storeIssue.ts';

/** The new deliveries, and the webhooks that do not hold them: after the commit, notify of the first and wake the second. */
export interface IssueDeliveries {
  readonly deliveryIds: readonly string[];
  readonly webhookIds: readonly string[];
}

/** The organization's routes changed while they were used. */
export class StaleRoutes extends Error {}

/**
 * Publishes a change of an issue to the project's webhooks, in the transaction that stores the change: both or neither. The
 * deliveries belong to their webhooks' workflows from the start.
 *
 * @param routes - read before the transaction: a holder of one connection must not wait for another
 * @throws StaleRoutes: repeat the transaction
 */
export async function publishIssueChange(
  client: PoolClient,
  routes: Routes,
  profile: Profile,
  { change, issue, before }: StoredChange,
): Promise<IssueDeliveries> {
  const type = issueEventType(profile, change);
  if (type === null) return { deliveryIds: [], webhookIds: [] };
  const { organizationId, projectId } = issue;
  if (!routes.has(projectId)) throw new StaleRoutes('The project is deleted, or new.');
  const webhooks = routes.to(projectId, type);
  const webhookIds = webhooks.map((webhook) => webhook.id);
  const deliveryIds = webhookIds.map(() => newId());
  const eventId = newId();
  const now = new Date().toISOString();
  const all = <T>(value: T) => webhookIds.map(() => value);
  const { rows } = await client.query({
    ...insertWaiting,
    values: [
      [organizationId],
      [routes.version.toString()],
      [eventId],
      [organizationId],
      [projectId],
      [type],
      `[${issueEventData(issue)}]`,
      [before ? issueEventData(before) : null],
      [now],
      [now],
      deliveryIds,
      all(organizationId),
      webhooks.map((webhook) => webhook.projectId),
      webhookIds,
      all(eventId),
      all(type),
      webhooks.map(({ paused }) => (paused ? 'HELD' : 'PENDING')),
      all(null),
      webhooks.map(({ paused }) => (paused ? null : now)),
      all(now),
      [],
      [],
      [],
      [],
    ],
  });
  if (rows.length > 0) throw new StaleRoutes('The routes of this organization have changed.');
  return { deliveryIds, webhookIds: webhooks.filter(({ paused }) => !paused).map(({ id }) => id) };
}

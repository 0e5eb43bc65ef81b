import type { PoolClient } from 'pg';
import type { Routes } from '../deliveries/routing.ts';
import { insertWaiting } from '../events/insertStatement.ts';
import { newId } from '../ground/newId.ts';
import type { Profile } from '../store/prisma/enums.ts';
import { issueEventData, issueEventType } from './issueEvent.ts';
import type { StoredChange } from './storeIssue.ts';

/** What is to be done once the transaction is committed. */
export interface IssueDeliveries {
  readonly deliveryIds: readonly string[];
  readonly webhookIds: readonly string[];
}

/** The organization's routes changed while they were being followed. */
export class StaleRoutes extends Error {}

/**
 * Publishes a change of an issue to the project's webhooks, in the transaction that stores it: one is not there without the
 * other. The deliveries belong to their webhooks' workflows from the start.
 *
 * @param routes - read before the transaction: who holds one connection must not wait for another
 * @throws StaleRoutes: the transaction is to be done again
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
      all('PENDING'),
      all(null),
      all(now),
      all(now),
      [],
      [],
      [],
      [],
    ],
  });
  if (rows.length > 0) throw new StaleRoutes('The routes of this organization have changed.');
  return { deliveryIds, webhookIds };
}

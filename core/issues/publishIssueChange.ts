import type { PoolClient } from 'pg';
import { noFastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import { insertValues, insertWaiting } from '../events/insertStatement.ts';
import { newDeliveries } from '../events/newDeliveries.ts';
import { newId } from '../ground/newId.ts';
import type { Profile } from '../store/prisma/enums.ts';
import { issueEventData, issueEventType } from './issueEvent.ts';
import type { StoredChange } from './storeIssue.ts';

/** The new deliveries, and the webhooks that do not hold them: after the commit, notify of the first and wake the second. */
export interface IssueDeliveries {
  readonly deliveryIds: readonly string[];
  readonly webhookIds: readonly string[];
}

/** No process leases these deliveries. */
const nobody = '';

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
  const now = new Date();
  const event = {
    id: newId(),
    organizationId,
    projectId,
    type,
    data: issueEventData(issue),
    occurredAt: now,
    createdAt: now,
    labels: [],
  };
  const previous = before ? issueEventData(before) : null;
  const fresh = [
    { scope: { organizationId, projectId }, item: { event, previous, idempotencyKey: null, digest: null } },
  ];
  const checked = new Map([[organizationId, routes]]);
  const deliveries = [...newDeliveries(fresh, checked, noFastLane)];
  const { rows } = await client.query({
    ...insertWaiting,
    values: insertValues(checked, fresh, [], deliveries, nobody),
  });
  if (rows.length > 0) throw new StaleRoutes('The routes of this organization have changed.');
  return {
    deliveryIds: deliveries.map(({ task }) => task.envelope.deliveryId),
    webhookIds: deliveries.filter(({ held }) => !held).map(({ task }) => task.webhook.id),
  };
}

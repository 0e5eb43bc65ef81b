import type { PoolClient } from 'pg';
import type { Routes } from '../deliveries/routing.ts';
import { insertValues, insertWaiting } from '../events/insertStatement.ts';
import type { NewEventDelivery } from '../events/newDeliveries.ts';
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
  const webhooks = routes.to(projectId, type);
  const now = new Date();
  const of = { id: newId(), organizationId, projectId, type };
  const event = { ...of, data: issueEventData(issue), occurredAt: now, createdAt: now, labels: [] };
  const previous = before ? issueEventData(before) : null;
  const deliveries = webhooks.map((webhook): NewEventDelivery => {
    const { data, occurredAt } = event;
    const envelope = {
      deliveryId: newId(),
      eventId: of.id,
      eventType: type,
      organizationId,
      projectId,
      data,
      previous,
      occurredAt,
    };
    const task = { webhook, attempt: 1, envelope: { ...envelope, webhookId: webhook.id } };
    return { task, leased: false, held: webhook.paused, labels: [] };
  });
  const fresh = [
    { scope: { organizationId, projectId }, item: { event, previous, idempotencyKey: null, digest: null } },
  ];
  const { rows } = await client.query({
    ...insertWaiting,
    values: insertValues(new Map([[organizationId, routes]]), fresh, [], deliveries, nobody),
  });
  if (rows.length > 0) throw new StaleRoutes('The routes of this organization have changed.');
  return {
    deliveryIds: deliveries.map(({ task }) => task.envelope.deliveryId),
    webhookIds: webhooks.filter(({ paused }) => !paused).map(({ id }) => id),
  };
}

import { Asked, type FastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import type { NewDelivery } from '../deliveries/startDeliveries.ts';
import type { DeliveryTask } from '../deliveries/task.ts';
import { newId } from '../ground/newId.ts';
import type { Label } from '../labels/label.ts';
import type { FreshEvent } from './call.ts';

/** A delivery that is stored with its event. */
export interface NewEventDelivery extends NewDelivery {
  readonly task: DeliveryTask;
  /** Its event's. */
  readonly labels: readonly Label[];
}

/** The tasks of those that this process attempts. */
export const leasedTasks = (deliveries: readonly NewEventDelivery[]): DeliveryTask[] =>
  deliveries.filter(({ leased }) => leased).map(({ task }) => task);

/** Creates the deliveries of events, one at a time. */
export function* newDeliveries(
  fresh: readonly FreshEvent[],
  routes: ReadonlyMap<string, Routes>,
  lane: FastLane,
): Generator<NewEventDelivery, undefined> {
  const asked = new Asked(lane);
  for (const { scope, item } of fresh) {
    const { event } = item;
    for (const webhook of routes.get(scope.organizationId)?.to(scope.projectId, event.type) ?? []) {
      yield {
        leased: !webhook.paused && asked.hasRoom(webhook),
        held: webhook.paused,
        labels: event.labels,
        task: {
          webhook,
          attempt: 1,
          isTest: webhook.listener,
          trace: item.trace ?? null,
          envelope: {
            deliveryId: newId(),
            eventType: event.type,
            occurredAt: event.occurredAt,
            organizationId: scope.organizationId,
            projectId: scope.projectId,
            webhookId: webhook.id,
            data: event.data,
            previous: item.previous,
            eventId: event.id,
            traceparent: item.trace?.traceparent ?? null,
          },
        },
      };
    }
  }
}

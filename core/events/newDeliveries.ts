import { Asked, type FastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import type { DeliveryTask } from '../deliveries/task.ts';
import { newId } from '../ground/newId.ts';
import type { FreshEvent } from './call.ts';

export interface NewDelivery {
  readonly task: DeliveryTask;
  /** Whether this process attempts it at once; otherwise its webhook's workflow does. */
  readonly leased: boolean;
}

/** The deliveries that events make, one after the other, as they are asked for. */
export function* newDeliveries(
  fresh: readonly FreshEvent[],
  routes: ReadonlyMap<string, Routes>,
  lane: FastLane,
): Generator<NewDelivery, undefined> {
  const asked = new Asked(lane);
  for (const { scope, item } of fresh) {
    const { event } = item;
    for (const webhook of routes.get(scope.organizationId)?.to(scope.projectId, event.type) ?? []) {
      yield {
        leased: asked.hasRoom(webhook),
        task: {
          webhook,
          attempt: 1,
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
          },
        },
      };
    }
  }
}

export const leasedIds = (deliveries: readonly NewDelivery[]): string[] =>
  deliveries.filter(({ leased }) => leased).map(({ task }) => task.envelope.deliveryId);

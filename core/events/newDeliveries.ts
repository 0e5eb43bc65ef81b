import { Asked, type FastLane } from '../deliveries/fastLane.ts';
import type { Routes } from '../deliveries/routing.ts';
import type { NewDelivery } from '../deliveries/startDeliveries.ts';
import { newId } from '../ground/newId.ts';
import type { FreshEvent } from './call.ts';

/** Creates the deliveries of events, one at a time. */
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

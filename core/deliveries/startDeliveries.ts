import type { Notifier } from '../live/notifier.ts';
import { idsByOrganization } from './byOrganization.ts';
import type { EnvelopeHead } from './envelopeRow.ts';
import type { FastLane } from './fastLane.ts';
import type { DeliveryTask } from './task.ts';
import type { Waker } from './waker.ts';

/** A delivery that is being stored. */
export interface NewDelivery {
  readonly task: Omit<DeliveryTask, 'envelope'> & { readonly envelope: EnvelopeHead };
  /** Whether this process makes the first attempt; otherwise its webhook's workflow does. */
  readonly leased: boolean;
  /** Whether nobody attempts it before its paused webhook is resumed. Absent: no. */
  readonly held?: boolean;
}

export interface StartParts {
  readonly dispatcher: FastLane;
  readonly waker: Waker;
  readonly notifier: Notifier;
}

export const leasedIds = (deliveries: readonly NewDelivery[]): string[] =>
  deliveries.filter(({ leased }) => leased).map(({ task }) => task.envelope.deliveryId);

/**
 * Starts deliveries whose transaction has committed.
 *
 * @param tasks - the tasks of those that this process attempts
 */
export function startDeliveries(
  { dispatcher, waker, notifier }: StartParts,
  deliveries: readonly NewDelivery[],
  tasks: readonly DeliveryTask[],
): void {
  const now = Date.now();
  for (const { leased, held, task } of deliveries) {
    if (!leased && !held) waker.wake(task.webhook.id, now, task.webhook.organizationId);
  }
  dispatcher.dispatch(tasks);
  const changed = idsByOrganization(deliveries.map(({ task }) => task.envelope));
  for (const [organizationId, ids] of changed) notifier.changed(organizationId, ids);
}

/** The status of a new delivery. */
export const newStatus = ({ leased, held }: NewDelivery): 'SENDING' | 'HELD' | 'PENDING' =>
  leased ? 'SENDING' : held ? 'HELD' : 'PENDING';

import type { Logger } from 'pino';
import type { HealthTransition } from '../deliveries/recorder.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { HealthAnnouncer } from './announce.ts';

/** Announces a change of health, and ends the waiting deliveries of a webhook that was disabled. */
export function reactToHealthTransitions(parts: { announcer: HealthAnnouncer; waker: Waker; log: Logger }) {
  return (transition: HealthTransition): void => {
    parts.log.info(transition, 'health changed');
    parts.announcer.announce(transition.id);
    if (transition.to === 'DISABLED') parts.waker.wakeAnyway(transition.webhook_id, Date.now());
  };
}

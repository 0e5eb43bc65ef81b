import type { Logger } from 'pino';
import type { HealthTransition } from '../deliveries/recorder.ts';
import type { Waker } from '../deliveries/waker.ts';
import type { HealthAnnouncer } from './announce.ts';

/** What follows from a change of health: it is told, and what waits for a webhook that was disabled is ended. */
export function reactToHealthTransitions(parts: { announcer: HealthAnnouncer; waker: Waker; log: Logger }) {
  return (flip: HealthTransition): void => {
    parts.log.info(flip, 'health changed');
    parts.announcer.announce(flip.id);
    if (flip.to === 'DISABLED') parts.waker.wakeAnyway(flip.webhook_id, Date.now());
  };
}

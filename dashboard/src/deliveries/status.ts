import type { Delivery, DeliveryStatus } from '@everhook/sdk';
import type { Tone } from '../design/Surfaces.tsx';

/** In the order of a delivery's life: that of the filter, too. */
export const tones: Readonly<Record<DeliveryStatus, Tone>> = {
  PENDING: 'neutral',
  SENDING: 'accent',
  RETRYING: 'warn',
  DELIVERED: 'good',
  FAILED: 'bad',
  CANCELLED: 'neutral',
  HELD: 'warn',
};

export const statusNames = Object.keys(tones) as readonly DeliveryStatus[];

/** Not ended, and not on its way: it can be cancelled. */
export const waits = (status: DeliveryStatus): boolean =>
  status === 'PENDING' || status === 'RETRYING' || status === 'HELD';

/** Ended in whatever way: sent again before, its receiver would get it twice. */
export const hasEnded = ({ completedAt }: Pick<Delivery, 'completedAt'>): boolean =>
  completedAt !== null && completedAt !== undefined;

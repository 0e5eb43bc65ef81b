import type { DeliveryStatus } from '@everhook/sdk';
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

/** In English, for pages whose words are not in `words/` yet. */
export const statuses: Readonly<Record<DeliveryStatus, { text: string; tone: Tone }>> = {
  PENDING: { text: 'Pending', tone: tones.PENDING },
  SENDING: { text: 'Sending', tone: tones.SENDING },
  RETRYING: { text: 'Retrying', tone: tones.RETRYING },
  DELIVERED: { text: 'Delivered', tone: tones.DELIVERED },
  FAILED: { text: 'Failed', tone: tones.FAILED },
  CANCELLED: { text: 'Cancelled', tone: tones.CANCELLED },
  HELD: { text: 'Held', tone: tones.HELD },
};

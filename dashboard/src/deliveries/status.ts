import type { AttemptOutcome, DeliveryStatus } from '@everhook/sdk';
import type { Tone } from '../design/Surfaces.tsx';

export const statuses: Readonly<Record<DeliveryStatus, { text: string; tone: Tone }>> = {
  PENDING: { text: 'Pending', tone: 'neutral' },
  SENDING: { text: 'Sending', tone: 'accent' },
  RETRYING: { text: 'Retrying', tone: 'warn' },
  DELIVERED: { text: 'Delivered', tone: 'good' },
  FAILED: { text: 'Failed', tone: 'bad' },
  CANCELLED: { text: 'Cancelled', tone: 'neutral' },
  HELD: { text: 'Held', tone: 'warn' },
};

export const outcomes: Readonly<Record<AttemptOutcome, string>> = {
  SUCCEEDED: 'Succeeded',
  HTTP_ERROR: 'Refused by the receiver',
  TIMEOUT: 'No answer in time',
  DNS_ERROR: 'The name was not found',
  CONNECT_ERROR: 'No connection',
  TLS_ERROR: 'The certificate was not accepted',
  BLOCKED_ADDRESS: 'The address is not allowed',
  INVALID_RESPONSE: 'The answer was not HTTP',
};

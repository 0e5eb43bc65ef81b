import { withSeconds } from '../../core/profiles/timestamp.ts';
import type { DeliveryStatus, WebhookHealth } from '../../core/store/prisma/enums.ts';
import type { Shown } from './shapes.ts';

/** A webhook as this API shows it. Only the answer to its creation shows the secret. */
export const webhookColumns = {
  id: true,
  projectId: true,
  name: true,
  description: true,
  url: true,
  eventTypes: true,
  active: true,
  createdAt: true,
  state: {
    select: {
      health: true,
      healthReason: true,
      consecutiveFailures: true,
      lastDispatchedAt: true,
      lastSuccessAt: true,
      lastFailureAt: true,
    },
  },
} as const;

interface WebhookColumns {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly active: boolean;
  readonly createdAt: Date;
  readonly state: {
    readonly health: WebhookHealth;
    readonly healthReason: string | null;
    readonly consecutiveFailures: number;
    readonly lastDispatchedAt: Date | null;
    readonly lastSuccessAt: Date | null;
    readonly lastFailureAt: Date | null;
  } | null;
}

const time = (date: Date | null | undefined): string | null => (date ? withSeconds(date) : null);

export const webhookView = ({ state, ...webhook }: WebhookColumns): Shown<'Webhook'> => ({
  id: webhook.id,
  project_id: webhook.projectId,
  name: webhook.name,
  description: webhook.description,
  url: webhook.url,
  events: [...webhook.eventTypes],
  active: webhook.active,
  health: (state?.health ?? 'HEALTHY').toLowerCase() as Lowercase<WebhookHealth>,
  health_reason: state?.healthReason ?? null,
  consecutive_failures: state?.consecutiveFailures ?? 0,
  last_dispatched_at: time(state?.lastDispatchedAt),
  last_success_at: time(state?.lastSuccessAt),
  last_failure_at: time(state?.lastFailureAt),
  created_at: withSeconds(webhook.createdAt),
});

export const deliveryColumns = {
  id: true,
  eventType: true,
  createdAt: true,
  status: true,
  responseCode: true,
  responseTimeMs: true,
} as const;

interface DeliveryColumns {
  readonly id: string;
  readonly eventType: string;
  readonly createdAt: Date;
  readonly status: DeliveryStatus;
  readonly responseCode: number | null;
  readonly responseTimeMs: number | null;
}

/** The three states of this API. A cancelled delivery will not arrive, so it is shown as failed. */
const statuses: Readonly<Record<DeliveryStatus, Shown<'Delivery'>['status']>> = {
  PENDING: 'pending',
  SENDING: 'pending',
  RETRYING: 'pending',
  HELD: 'pending',
  DELIVERED: 'success',
  FAILED: 'failed',
  CANCELLED: 'failed',
};

export const deliveryView = (delivery: DeliveryColumns): Shown<'Delivery'> => ({
  id: delivery.id,
  event: delivery.eventType,
  timestamp: withSeconds(delivery.createdAt),
  status: statuses[delivery.status],
  response_code: delivery.responseCode,
  response_time_ms: delivery.responseTimeMs,
});

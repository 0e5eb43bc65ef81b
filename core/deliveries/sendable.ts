import { ApiError, notFound } from '../ground/errors.ts';
import type { DeliverableWebhook } from './routing.ts';

/** @throws ApiError CONFLICT if a webhook cannot even get a test, NOT_FOUND if there is none */
export function requireTestable(webhook: DeliverableWebhook | undefined, field: string): DeliverableWebhook {
  return webhook && !webhook.deleted ? webhook : requireSendable(webhook, field);
}

/** @throws ApiError CONFLICT, saying what to do, if the webhook is stopped, NOT_FOUND if there is none */
export function requireSendable(webhook: DeliverableWebhook | undefined, field: string): DeliverableWebhook {
  if (!webhook) throw notFound('webhook', field);
  if (webhook.stopped === null) return webhook;
  const next = webhook.deleted
    ? 'Nothing can be sent to it any more.'
    : webhook.health === 'DISABLED'
      ? 'Repair its receiver, enable it with "reEnableWebhook", and try again.'
      : 'Switch it on with "setWebhookActive", and try again.';
  throw new ApiError('CONFLICT', `${webhook.stopped} ${next}`, field);
}

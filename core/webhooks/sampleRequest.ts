import { requestHeaders } from '../deliveries/attempt.ts';
import type { SentRequest } from '../deliveries/sentRequest.ts';
import { newId } from '../ground/newId.ts';
import { userAgent } from '../ground/version.ts';
import type { ProfileDefinition } from '../profiles/profile.ts';
import { signedHeaders } from '../profiles/signed.ts';
import { headersAsSent } from '../sender/headersAsSent.ts';
import { requestUrl } from '../sender/url.ts';

/** What a webhook's requests look like. */
export interface SampleRequest {
  readonly eventType: string;
  readonly request: SentRequest;
  /** The secret that signs the sample, made up for it; null where the profile has none. */
  readonly secret: string | null;
}

export interface SampledWebhook {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  /** As it may be shown. */
  readonly url: string;
  /** Its own headers, as they may be shown. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Builds a request as the webhook's profile does, with ids and a secret that stand for nothing: nobody's receiver takes it, and
 * whoever writes a receiver can try their verification with it.
 *
 * @param event - its `data` is JSON text; null: the profile’s test event
 */
export function sampleRequest(
  profile: ProfileDefinition,
  webhook: SampledWebhook,
  event: { readonly type: string; readonly data: string } | null,
): SampleRequest {
  const { type, data } = event ?? profile.testEvent;
  const now = new Date();
  const envelope = {
    deliveryId: newId(),
    eventId: newId(),
    eventType: type,
    occurredAt: now,
    organizationId: webhook.organizationId,
    projectId: webhook.projectId,
    webhookId: webhook.id,
    data,
    previous: null,
  };
  const body = profile.body(envelope);
  const secret = profile.secret?.generate() ?? null;
  const own = signedHeaders(profile, { envelope, body, attemptedAt: now, secrets: secret === null ? [] : [secret] });
  const url = profile.url.credential ? webhook.url : requestUrl(webhook.url);
  return {
    eventType: type,
    secret,
    request: {
      method: 'POST',
      url,
      headers: headersAsSent(url, userAgent, requestHeaders(webhook.headers, own), body.length),
      body: body.toString('utf8'),
    },
  };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import { outageOf } from '../../core/ground/outage.ts';
import { undecryptable } from '../../core/ground/undecryptable.ts';
import { TimeoutError, withTimeout } from '../../core/ground/withTimeout.ts';
import type { Received, Receiver } from '../../core/inbound/receiver.ts';
import { isPlain } from './contentType.ts';
import { InboundBodies } from './inboundBody.ts';
import { InboundLookUps } from './inboundLookUps.ts';
import { clientOf, type OriginOf } from './origin.ts';
import { formatted, type Presenter } from './present.ts';
import type { RateLimits } from './rateLimit.ts';
import { replyError, replyJson } from './reply.ts';
import { requestIdOf } from './requestId.ts';
import { notesOf } from './requestNotes.ts';

/** Trackers send to this path, followed by the token. */
export const inboundPath = '/api/webhooks/';

/**
 * Trackers give up soon: an event that is not stored by then must be sent again. Milliseconds from the last byte of the
 * request.
 */
const storeTimeoutMs = 900;

/** Requests with an unknown token share these turns, and what one organization may send; each address is as one webhook. */
const unknownToken = 'nobody';

/** Serves trackers' requests: verifies and stores them, and answers before any other work. */
export function createInboundHandler(
  receiver: Pick<Receiver, 'knows' | 'find' | 'begin'>,
  limits: Pick<RateLimits, 'inbound' | 'admitCredential' | 'failure'>,
  presenter: Presenter,
  originOf: OriginOf,
) {
  const bodies = new InboundBodies();
  const lookUps = new InboundLookUps(receiver, limits);

  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    try {
      if (request.method !== 'POST') {
        const reason = new ApiError('VALIDATION_FAILED', 'Trackers send by POST.', 'method');
        return replyError(response, reason, { status: 405, headers: { allow: 'POST', ...closing(request) } });
      }
      if (!isPlain(request.headers['content-encoding'])) {
        const reason = new ApiError(
          'VALIDATION_FAILED',
          'Send the body without a content encoding.',
          'content-encoding',
        );
        return replyError(response, reason, { status: 415, headers: closing(request) });
      }
      const token = path.slice(inboundPath.length);
      const header = (name: string) => {
        const values = request.headersDistinct[name];
        return values?.length === 1 ? (values[0] as string) : null;
      };
      // Before the body is read: how it is checked, and in whose turn, depends on this.
      const address = clientOf(originOf(request));
      const webhook = await lookUps.find(token, address);
      const sender = webhook
        ? { tenant: webhook.organizationId, webhook: webhook.id }
        : { tenant: unknownToken, webhook: address };
      if (webhook) notesOf(request).tenant = webhook.organizationId;
      // Refused alike, with a known token or an unknown one.
      await limits.inbound(sender.tenant, sender.webhook);
      const intake = receiver.begin(webhook, header);
      await bodies.read(request, sender, intake.take);
      const received = await inTime(intake.end());
      replyReceived(response, received);
    } catch (error) {
      refuse(request, response, error, presenter);
    }
  };
}

function replyReceived(response: ServerResponse, { outcome, deliveryId, reason }: Received): void {
  if (outcome === 'unreadable') replyError(response, invalid('body', reason ?? 'The body cannot be read.'));
  else replyJson(response, 200, { outcome, deliveryId });
}

/** A late write may still succeed or fail; nobody waits for it. */
const inTime = <T>(work: Promise<T>): Promise<T> =>
  withTimeout(storeTimeoutMs, () => work).catch((error: unknown) => {
    if (!(error instanceof TimeoutError)) throw error;
    throw new ApiError('UNAVAILABLE', 'This could not be stored in time. Send it again.', undefined, 5);
  });

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, presenter: Presenter): void {
  const headers = closing(request);
  const requestId = requestIdOf(request);
  if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
    // The same for every provider and for an unknown token.
    headers['www-authenticate'] = 'Basic realm="inbound webhook"';
    replyJson(response, 401, { errors: [formatted(error, requestId)] }, headers);
  } else if (error instanceof ApiError) replyError(response, error, { headers });
  else if (outageOf(error)) {
    presenter.error(error, requestId);
    replyError(response, new ApiError('UNAVAILABLE', 'This cannot be stored now. Send it again.', undefined, 5), {
      headers,
    });
  } else {
    const status = undecryptable(error) ? 503 : 500;
    replyJson(response, status, { errors: [presenter.error(error, requestId)] }, headers);
  }
}

/** A body that was not read to its end cannot be followed by another request. */
const closing = (request: IncomingMessage): Record<string, string> => (request.complete ? {} : { connection: 'close' });

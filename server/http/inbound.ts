import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid } from '../errors.ts';
import type { Received, Receiver } from '../inbound/receiver.ts';
import { notNow } from '../notNow.ts';
import { InboundBodies } from './inboundBody.ts';
import { formatted, type Presenter } from './present.ts';
import { replyError, replyJson } from './reply.ts';

/** Where trackers send; the token follows. */
export const inboundPath = '/api/webhooks/';

/** Trackers give up soon: what is not stored by then is to be sent again. Milliseconds from the last byte of the request. */
const patienceMs = 900;

/** Serves trackers' requests: proves and stores them, and answers before anything else is done. */
export function createInboundHandler(receiver: Pick<Receiver, 'find' | 'receive'>, presenter: Presenter) {
  const bodies = new InboundBodies();

  return async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    try {
      if (request.method !== 'POST') {
        const reason = new ApiError('VALIDATION_FAILED', 'Trackers send by POST.', 'method');
        return replyError(response, reason, { status: 405, headers: { allow: 'POST', ...closing(request) } });
      }
      const encoding = request.headers['content-encoding'];
      if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
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
      // Begun with the request: whoever watches how long it takes learns nothing, and nobody's bytes are not kept.
      const found = receiver.find(token);
      const isKnown = found.then((webhook) => webhook !== null);
      const received = await bodies.read(request, isKnown, (body) => inTime(receiver.receive(found, { header, body })));
      replyReceived(response, received);
    } catch (error) {
      refuse(request, response, error, presenter);
    }
  };
}

function replyReceived(response: ServerResponse, { outcome, deliveryId }: Received): void {
  if (outcome === 'unreadable') {
    replyError(response, invalid('body', 'The body is not JSON. Choose the content type application/json.'));
  } else replyJson(response, 200, { outcome, deliveryId });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ApiError('UNAVAILABLE', 'This could not be stored in time. Send it again.', undefined, 5)),
      patienceMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // What was late may still fail; nobody waits for it.
    work.catch(() => {});
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, presenter: Presenter): void {
  const headers = closing(request);
  if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
    // The same for every provider, and for an unknown token.
    headers['www-authenticate'] = 'Basic realm="inbound webhook"';
    replyJson(response, 401, { errors: [formatted(error)] }, headers);
  } else if (error instanceof ApiError) replyError(response, error, { headers });
  else if (notNow(error)) {
    presenter.error(error);
    replyError(response, new ApiError('UNAVAILABLE', 'This cannot be stored now. Send it again.', undefined, 5), {
      headers,
    });
  } else {
    replyJson(response, 500, { errors: [presenter.error(error)] }, headers);
  }
}

/** A body that was not read to its end cannot be followed by another request. */
const closing = (request: IncomingMessage): Record<string, string> => (request.complete ? {} : { connection: 'close' });

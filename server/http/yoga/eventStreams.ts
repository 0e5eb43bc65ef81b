import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { negotiate } from '../accept.ts';
import { onceEnded } from '../asyncIterator.ts';
import { eventTexts } from '../eventTexts.ts';
import { isOutage } from '../isOutage.ts';
import { securityHeaders } from '../reply.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { answerOf, isThrown } from './answers.ts';
import { type CallPlugin, callerOf } from './call.ts';

const headers = {
  ...securityHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  // No proxy shall cache, buffer or compress it: each event must arrive at once.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** Server-Sent Events: subscriptions over HTTP, each on a connection of its own. */
export const useEventStreams = (parts: GraphQLTransportParts): CallPlugin => ({
  onParams({ paramsHandler, setParamsHandler }) {
    const { connections } = parts;
    const subscribe: typeof paramsHandler = async (payload) => {
      const { principal } = callerOf(payload.context);
      const leaveConnection = connections.connection(principal);
      let leave = leaveConnection;
      try {
        const leaveSubscription = connections.subscription(principal);
        leave = () => {
          leaveSubscription();
          leaveConnection();
        };
        const result = await paramsHandler(payload);
        if (isAsyncIterable(result)) {
          return onceEnded(result as AsyncIterableIterator<ExecutionResult>, leave) as never;
        }
        leave();
        return result;
      } catch (error) {
        leave();
        throw error;
      }
    };
    setParamsHandler((payload) =>
      payload.context.prepared?.operation.operation === 'subscription' ? subscribe(payload) : paramsHandler(payload),
    );
  },

  onResultProcess({ result, setResultProcessor, serverContext }) {
    const { services, presenter, streams, heartbeatMs } = parts;
    const { req, res, caller, requestId } = serverContext;
    const isStream = isAsyncIterable(result);
    // An operation with one answer gets a stream only if its client accepts nothing else; a refusal gets a status.
    if (!isStream && (negotiate(req.headers.accept) !== null || isThrown(result))) return;
    setResultProcessor((given, { Response }) => {
      const results = isStream
        ? (given as AsyncIterableIterator<FormattedExecutionResult>)
        : once(answerOf(given as object, null).body);
      const texts = eventTexts(results, {
        heartbeatMs,
        mayGoOn: () => services.authenticate(caller?.credential),
        isPassing: isOutage,
        onError: (error) => ({ errors: [presenter.error(error, requestId)] }),
      });
      streams.add(texts);
      const end = () => {
        req.socket.off('close', end);
        streams.delete(texts);
        void texts.return?.();
      };
      res?.once('close', end);
      // A response that waits behind another on its connection gets no event when the connection closes.
      req.socket.once('close', end);
      if (req.socket.destroyed) end();
      // Yoga's Fetch accepts an async iterable as a body, as Node's own does from version 18 on.
      return new Response(texts as unknown as BodyInit, { status: 200, headers });
    }, 'text/event-stream');
  },
});

async function* once(result: FormattedExecutionResult): AsyncGenerator<FormattedExecutionResult, undefined> {
  yield result;
}

import type { DocumentNode, ExecutionArgs } from 'graphql';
import { invalid } from '../../../core/ground/errors.ts';
import type { CallTrace } from '../../../core/tracing/tracing.ts';
import type { Context } from '../../../schema/context.ts';
import { createContext } from '../../../schema/context.ts';
import { takesEvents } from '../accept.ts';
import { type Prepared, parseDocument, validateDocument } from '../graphql.ts';
import { checkSubscription } from '../longRequests.ts';
import { preparedFor } from '../preparedFor.ts';
import { HttpRefusal } from '../refusal.ts';
import { notesOf, operationName } from '../requestNotes.ts';
import type { GraphQLParams } from '../requestParser.ts';
import { traceOf } from '../requestTraces.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import { type Call, type CallPlugin, callerOf } from './call.ts';

/**
 * Limits: what a document may cost. The document is checked before Yoga's own pipeline begins, because a long one must
 * wait for its turn; parsing and validation are done when the pipeline reaches them.
 */
export const useLimits = (parts: GraphQLTransportParts): CallPlugin => ({
  onParams({ paramsHandler, setParamsHandler }) {
    setParamsHandler((payload) => {
      const { context } = payload;
      const next = (prepared: Awaited<ReturnType<typeof preparedFor>>) => {
        if ('refused' in prepared) return prepared.refused as never;
        checkTransport(context, prepared);
        context.prepared = prepared;
        if (context.res) notesOf(context.req).operation = nameOf(prepared);
        return paramsHandler(payload);
      };
      const prepared = preparedFor(parts, callerOf(context).principal, payload.params as GraphQLParams);
      return prepared instanceof Promise ? prepared.then(next) : next(prepared);
    });
  },

  onParse({ context, setParseFn }) {
    const { prepared } = context as unknown as Call;
    setParseFn((source) => (prepared?.params.query === String(source) ? prepared.document : parseDocument(source)));
  },

  onValidate({ context, setValidationFn }) {
    const { prepared } = context as unknown as Call;
    setValidationFn((_schema, document: DocumentNode, more = []) =>
      // Rules that it passed already are not run again, only those that other plugins add.
      prepared?.document === document && more.length === 0 ? [] : validateDocument(document, more),
    );
  },

  onContextBuilding({ context, extendContext }) {
    extendContext(contextOf(parts, context as unknown as Call) as never);
  },

  onExecute({ args, setExecuteFn }) {
    const { prepared } = args.contextValue as unknown as Call;
    setExecuteFn((given: ExecutionArgs) =>
      parts.engine.execute(preparedIn(parts, given, prepared), given.contextValue as Context),
    );
  },

  onSubscribe({ args, setSubscribeFn }) {
    const { prepared } = args.contextValue as unknown as Call;
    setSubscribeFn((given: ExecutionArgs) => {
      const context = given.contextValue as Context & Call;
      return parts.engine.subscribe(preparedIn(parts, given, prepared), context, async () => ({
        ...context,
        ...(await renewed(parts, context)),
      }));
    });
  },
});

/** The context of an operation. @throws ApiError RATE_LIMITED */
export function contextOf({ services, budgets }: GraphQLTransportParts, call: Call): Context {
  const { principal, holder } = callerOf(call);
  const answer = budgets.operation(holder);
  call.making.answer = answer;
  return createContext(services, principal, answer, traceOfCall(call));
}

/** Over a socket, the header is of the connection, which many operations share. */
const traceOfCall = ({ req, res, trace }: Call): CallTrace =>
  res === undefined ? (trace ?? { traceparent: null }) : traceOf(req);

/** The context of a subscription's next event. @throws ApiError UNAUTHENTICATED, RATE_LIMITED if the caller may not go on */
export async function renewed(parts: GraphQLTransportParts, call: Call): Promise<Context> {
  const { credential, holder } = callerOf(call);
  const principal = await parts.services.authenticate(credential);
  const answer = parts.budgets.operation(holder);
  call.making.answer = answer;
  return createContext(parts.services, principal, answer);
}

/** Another plugin may have replaced the document or its variables; then they are checked anew. */
function preparedIn({ engine }: GraphQLTransportParts, args: ExecutionArgs, prepared: Prepared | undefined): Prepared {
  const variables = args.variableValues ?? undefined;
  const operationName = args.operationName ?? undefined;
  const { document } = args;
  if (
    prepared?.document === document &&
    prepared.params.variables === variables &&
    prepared.params.operationName === operationName
  ) {
    return prepared;
  }
  return engine.adopt(document, { query: prepared?.params.query ?? '', variables, operationName });
}

/** The kind and the name of an operation. */
export const nameOf = ({ operation }: Prepared): string => operationName(operation.operation, operation.name?.value);

function checkTransport({ req, res, body }: Call, { operation: { operation } }: Prepared): void {
  // Sockets may run any kind of operation.
  if (!res) return;
  if (req.method === 'GET' && operation === 'mutation') {
    throw new HttpRefusal(405, invalid('method', 'A mutation changes something: send it by POST.'), { allow: 'POST' });
  }
  if (operation === 'subscription') checkSubscription(body?.length ?? 0);
  if (operation === 'subscription' && !takesEvents(req.headers.accept)) {
    throw invalid(
      'query',
      'Subscriptions are served over WebSocket, with the protocol graphql-transport-ws, or as Server-Sent Events if you accept text/event-stream.',
    );
  }
}

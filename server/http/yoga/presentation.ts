import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { ApiError } from '../../../core/ground/errors.ts';
import { mapped } from '../asyncIterator.ts';
import { isOutage } from '../isOutage.ts';
import { type Presenter, rootOf } from '../present.ts';
import { refusedFor } from '../refusal.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import type { CallPlugin } from './call.ts';

/** Presentation: errors as callers see them; unexpected ones are masked and logged. */
export const usePresentation = ({ presenter }: GraphQLTransportParts): CallPlugin => ({
  onExecutionResult({ result, setResult, context: { prepared, requestId } }) {
    const document = prepared?.document;
    if (isAsyncIterable(result)) {
      const shown = mapped(
        result as AsyncIterableIterator<ExecutionResult>,
        (each) => presenter.result(each, requestId, document),
        (error) => {
          // The transport breaks off, so that clients come back.
          if (isOutage(error)) throw error;
          return { errors: [presenter.error(error, requestId, document)] };
        },
      );
      setResult(shown as never);
    } else if (result?.errors) {
      const shown = presenter.result(result, requestId, document);
      const http = httpOf(result, presenter, requestId);
      setResult((http ? { ...shown, extensions: { ...shown.extensions, http } } : shown) as never);
    }
  },
});

/**
 * The status and headers that an error asks for (Yoga's `extensions.http`), or those of the error that refused the
 * operation.
 */
function httpOf({ data, errors = [] }: ExecutionResult, presenter: Presenter, requestId: string): object | null {
  for (const error of errors) {
    if (!(error instanceof GraphQLError)) continue;
    const { http } = error.extensions;
    if (http?.status !== undefined && http.spec !== true) return http;
    const cause = rootOf(error);
    if (data === undefined && error.path === undefined && cause instanceof ApiError) {
      const { status, headers } = refusedFor(error, presenter, requestId);
      return { status, headers };
    }
  }
  return null;
}

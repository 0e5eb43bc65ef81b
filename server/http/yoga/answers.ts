import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable } from 'graphql-yoga';
import { stringifyAnswer } from '../../../core/answers/answerText.ts';
import { negotiate, type ResponseType } from '../accept.ts';
import { refusedFor } from '../refusal.ts';
import { securityHeaders } from '../reply.ts';
import type { GraphQLTransportParts } from '../transportParts.ts';
import type { CallPlugin } from './call.ts';

/** The parts of a response. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FormattedExecutionResult;
}

/** The status by GraphQL over HTTP, unless a plugin or an error chose one (Yoga's `extensions.http`). */
export function answerOf(result: FormattedExecutionResult, type: ResponseType | null): Answer {
  // Without data nothing ran: the document or a variable was at fault.
  const usual = result.data === undefined && type !== 'application/json' ? 400 : 200;
  if (result.extensions === undefined) return { status: usual, headers: {}, body: result };
  const { http, ...extensions } = { ...result.extensions } as { http?: { status?: number; headers?: object } };
  const { extensions: _, ...rest } = result;
  const body = Object.keys(extensions).length > 0 ? { ...rest, extensions } : rest;
  return { status: http?.status ?? usual, headers: { ...http?.headers }, body };
}

/** Answers: turns results into responses and keeps the source text of JSON values (ADR 7). */
export const useAnswers = ({ presenter }: GraphQLTransportParts): CallPlugin => ({
  onResultProcess({ result, setResultProcessor, serverContext: { req, requestId } }) {
    if (isAsyncIterable(result)) return;
    const type = negotiate(req.headers.accept) ?? 'application/json';
    setResultProcessor((given, { Response }) => {
      const { status, headers, body } = isThrown(given)
        ? refusedFor(given.errors[0], presenter, requestId)
        : answerOf(given as FormattedExecutionResult, type);
      return new Response(stringifyAnswer(body).join(''), {
        status,
        headers: { ...securityHeaders, 'content-type': `${type}; charset=utf-8`, ...headers },
      });
    }, type);
  },
});

/** Results are presented before they come here; an error that is not was thrown before. */
export const isThrown = (result: object): result is { errors: readonly [GraphQLError] } =>
  'errors' in result && Array.isArray(result.errors) && result.errors[0] instanceof GraphQLError;

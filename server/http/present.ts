import { PothosValidationError } from '@pothos/core';
import {
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  visit,
} from 'graphql';
import type { Logger } from 'pino';
import { ApiError, type ErrorCode } from '../../core/ground/errors.ts';
import { outageOf } from '../../core/ground/outage.ts';
import { undecryptable } from '../../core/ground/undecryptable.ts';

/** Errors as callers see them: expected ones with their code and field, all others masked and logged. */
export interface Presenter {
  /**
   * @param requestId - the id of the request, for the error and for the log
   * @param document - the document that caused the error, to name the arguments at fault
   */
  error(error: unknown, requestId?: string, document?: DocumentNode): GraphQLFormattedError;
  /** A result with its errors as callers see them; those that are presented already only get the request's id. */
  result(
    result: ExecutionResult | FormattedExecutionResult,
    requestId?: string,
    document?: DocumentNode,
  ): FormattedExecutionResult;
}

/**
 * @param onFailed - called for each operation that failed by a fault of Everhook, or while a part is away
 * @param fieldsOf - more fields of the log's lines about a request: where it stands in a trace
 */
export function createPresenter(
  log: Logger,
  onFailed: (code: 'INTERNAL' | 'UNAVAILABLE') => void = () => {},
  fieldsOf: (requestId: string | undefined) => object = () => ({}),
): Presenter {
  function shown(thrown: unknown, requestId?: string, document?: DocumentNode): GraphQLFormattedError {
    const cause = rootOf(thrown);
    const place = thrown instanceof GraphQLError ? placeOf(thrown) : {};
    if (cause instanceof ApiError) {
      if (cause.code === 'UNAVAILABLE') onFailed(cause.code);
      return { message: cause.message, ...place, extensions: extensionsOf(cause) };
    }
    if (cause instanceof PothosValidationError) {
      return { message: cause.message, ...place, extensions: { code: 'VALIDATION_FAILED' } };
    }
    // A plugin's refusal has a code of its own.
    if (cause instanceof GraphQLError && isOwnCode(cause.extensions.code)) {
      const { http: _, ...extensions } = cause.extensions;
      return { message: cause.message, ...place, extensions };
    }
    // An error without a path was found before anything ran: in the document or in the variables.
    if (cause instanceof GraphQLError && cause.path === undefined && thrown instanceof GraphQLError) {
      const { message, field } = argumentError(thrown, document);
      const extensions = { code: 'VALIDATION_FAILED', ...(field === null ? {} : { field: shortened(field) }) };
      return { message: shortened(message), ...place, extensions };
    }
    const away = outageOf(cause);
    if (away) {
      onFailed('UNAVAILABLE');
      log.warn({ err: cause, requestId, ...fieldsOf(requestId) }, 'an operation failed for now');
      const part = away.part === 'database' ? 'The database' : 'Temporal';
      const unavailable = new ApiError('UNAVAILABLE', `${part} does not answer. Try again in a second.`, undefined, 1);
      return { message: unavailable.message, ...place, extensions: extensionsOf(unavailable) };
    }
    const path = thrown instanceof GraphQLError ? thrown.path : undefined;
    const sealed = undecryptable(cause);
    if (sealed) {
      onFailed('UNAVAILABLE');
      log.error({ err: cause, path, requestId, ...fieldsOf(requestId) }, 'a sealed value could not be opened');
      return { message: sealed.message, ...place, extensions: extensionsOf(sealed) };
    }
    onFailed('INTERNAL');
    log.error({ err: cause, path, requestId, ...fieldsOf(requestId) }, 'an operation failed');
    return {
      message: 'Something went wrong here, and it was logged. Try again; if it happens again, tell the operator.',
      ...place,
      extensions: { code: 'INTERNAL' },
    };
  }

  const error: Presenter['error'] = (thrown, requestId, document) =>
    withRequestId(shown(thrown, requestId, document), requestId);

  return {
    error,
    result(result, requestId, document) {
      const { data, errors, extensions } = result;
      const rest = {
        ...(data === undefined ? {} : { data }),
        ...(extensions === undefined ? {} : { extensions }),
      };
      if (!errors?.length) return rest;
      const presented = errors.map((each) =>
        each instanceof Error ? error(each, requestId, document) : withRequestId(each, requestId),
      );
      return { errors: presented, ...rest };
    },
  };
}

/** Codes that Yoga uses for invalid requests; here they all become one. */
const codesOfYoga: readonly unknown[] = ['BAD_REQUEST', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];
const isOwnCode = (code: unknown): boolean => typeof code === 'string' && !codesOfYoga.includes(code);

/** An error with the id of its request, by which the operator finds it in the log. */
const withRequestId = (error: GraphQLFormattedError, requestId: string | undefined): GraphQLFormattedError =>
  requestId === undefined ? error : { ...error, extensions: { ...error.extensions, requestId } };

/** An expected failure as a top-level error. */
export const formatted = (error: ApiError, requestId: string): GraphQLFormattedError =>
  withRequestId({ message: error.message, extensions: extensionsOf(error) }, requestId);

function extensionsOf(error: ApiError): { code: ErrorCode; field?: string; retryAfter?: number; permission?: string } {
  return {
    code: error.code,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfter: error.retryAfterSeconds }),
    ...(error.permission === undefined ? {} : { permission: error.permission }),
  };
}

/** The error that a GraphQLError was made from. */
export function rootOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

const placeOf = ({ locations, path }: GraphQLError) => ({
  ...(locations ? { locations } : {}),
  ...(path ? { path } : {}),
});

/** The field of an error in a variable or a literal, and its message without the value, which may be a secret. */
function argumentError(error: GraphQLError, document?: DocumentNode): { message: string; field: string | null } {
  const variable = /^Variable "\$(\w+)" (?:got invalid value|of (?:required|non-null) type) /.exec(error.message)?.[1];
  if (variable !== undefined) return variableError(error, variable);
  const node = error.nodes?.[0];
  const field = node && document ? argumentPath(document, node) : null;
  return { message: withoutValue(error.message), field: withMember(field, error.message) };
}

const maxShownCharacters = 500;

/** Shortens a message or a path, because it may hold a name of any length that the caller chose. */
const shortened = (text: string): string =>
  text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters).toWellFormed()}…` : text;

/**
 * GraphQL writes `Variable "$x" got invalid value <value> at "<path>"; <message>`, and keeps the message as the original
 * error. A value may be as long as a body, so no pattern searches it.
 */
function variableError(error: GraphQLError, variable: string): { message: string; field: string | null } {
  const { originalError } = error;
  if (!originalError) return { message: error.message, field: variable };
  const head = error.message.slice(0, -`; ${originalError.message}`.length);
  // Quotes inside a value are escaped, so these belong to the path, or there is no path.
  const at = head.endsWith('"') ? head.lastIndexOf(' at "') : -1;
  const path = at === -1 ? '' : head.slice(at + ' at "'.length, -1);
  const field = withMember(path || variable, originalError.message);
  return { message: withoutValue(originalError.message), field };
}

/** Scalars end their message with the value, enums start theirs with it. */
function withoutValue(message: string): string {
  const enumAt = message.startsWith('Value "') ? message.lastIndexOf('" does not exist in "') : -1;
  if (enumAt !== -1) return `This value${message.slice(enumAt + 1)}`;
  const verb = message.indexOf(' cannot represent ');
  const colon = verb === -1 ? -1 : message.indexOf(': ', verb);
  return colon === -1 ? message : `${message.slice(0, colon)}.`;
}

/** Some messages name a member of the input object at fault, or an argument of the field. */
function withMember(field: string | null, message: string): string | null {
  const argument = / argument "(\w+)" of type /.exec(message)?.[1];
  if (argument) return argument;
  if (field === null) return null;
  const member = /^Field "(?:\w+\.)?(\w+)" (?:of required type|is not defined by type)/.exec(message)?.[1];
  return member && !field.endsWith(`.${member}`) ? `${field}.${member}` : field;
}

/** The path of a document's node within the arguments: `input.events[0].type`. Null outside of arguments. */
function argumentPath(document: DocumentNode, wanted: object): string | null {
  let found: string | null = null;
  visit(document, {
    enter(node, key, parent, _path, ancestors) {
      if (node !== wanted) return undefined;
      found = '';
      for (const [index, each] of [...ancestors, parent, node].entries()) {
        if (each === undefined || Array.isArray(each)) continue;
        const inner = each as { kind: string; name?: { value: string } };
        if (inner.kind === Kind.ARGUMENT) found = inner.name?.value ?? '';
        else if (inner.kind === Kind.OBJECT_FIELD) found += `.${inner.name?.value}`;
        else if (inner.kind === Kind.LIST) {
          const list = ancestors[index + 1];
          const next = (ancestors[index + 2] ?? (parent === list ? node : parent)) as unknown;
          const position = Array.isArray(list) ? list.indexOf(next) : key;
          if (typeof position === 'number' && position >= 0) found += `[${position}]`;
        }
      }
      return undefined;
    },
  });
  return found || null;
}

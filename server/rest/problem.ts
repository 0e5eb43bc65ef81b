import type { GraphQLFormattedError } from 'graphql';
import type { ErrorCode } from '../../core/ground/errors.ts';
import { statusOf } from '../http/reply.ts';
import type { Shown } from './shapes.ts';

/** An error by RFC 9457, with the API's own code and the name of the argument at fault, if there is one. */
export type Problem = Shown<'Problem'>;

const titles: Readonly<Record<ErrorCode, string>> = {
  VALIDATION_FAILED: 'The request is not valid',
  NOT_FOUND: 'Not found',
  FORBIDDEN: 'Not allowed',
  UNAUTHENTICATED: 'Not authenticated',
  CONFLICT: 'It conflicts with the current state',
  LIMIT_EXCEEDED: 'More than is allowed',
  RATE_LIMITED: 'Too many requests',
  UNAVAILABLE: 'Not available now',
};

/** The names of the task API's arguments that the domain names differently. */
const taskFields: ReadonlyMap<string, string> = new Map([
  ['eventTypes', 'events'],
  ['projectId', 'project_id'],
  ['organizationId', 'project_id'],
  ['webhookId', 'id'],
  ['idempotencyKey', 'Idempotency-Key'],
  // The profile is fixed here, so the argument at fault is a URL that needs another profile.
  ['profile', 'url'],
]);

/** `input.eventTypes[1]` as `events[1]`. */
export const taskFieldOf = (path: string): string =>
  path.replace(/^input\./, '').replace(/^\w+/, (name) => taskFields.get(name) ?? name);

/**
 * @param shown - an error as presented to callers
 * @param fieldOf - the request's own name of the argument at fault
 * @param status - an HTTP status that overrides the code's
 */
export function problemOf(
  shown: GraphQLFormattedError,
  fieldOf: (path: string) => string = taskFieldOf,
  status?: number,
): Problem {
  const extensions = (shown.extensions ?? {}) as Partial<Pick<Problem, 'field' | 'permission' | 'requestId'>>;
  const {
    code = 'INTERNAL',
    field,
    permission,
    requestId,
  } = extensions as typeof extensions & { code?: ErrorCode | 'INTERNAL' };
  return {
    type: `urn:everhook:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: code === 'INTERNAL' ? 'Something went wrong here' : titles[code],
    status: status ?? statusFor(code, field),
    detail: shown.message,
    code,
    ...(field === undefined ? {} : { field: fieldOf(field) }),
    ...(permission === undefined ? {} : { permission }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function statusFor(code: ErrorCode | 'INTERNAL', field: string | undefined): number {
  if (code === 'INTERNAL') return 500;
  // A body that is too long gets 413; too many of something conflicts with the current state.
  if (code === 'LIMIT_EXCEEDED' && field !== 'body') return field === undefined ? 409 : 400;
  return statusOf(code);
}

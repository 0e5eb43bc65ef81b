import type { GraphQLFormattedError } from 'graphql';
import type { ErrorCode } from '../../core/ground/errors.ts';
import { statusOf } from '../http/reply.ts';
import type { Shown } from './shapes.ts';

/** An error as RFC 9457 has it, with the API's own code and, where one argument is at fault, its name. */
export type Problem = Shown<'Problem'>;

const titles: Readonly<Record<ErrorCode, string>> = {
  VALIDATION_FAILED: 'The request is not valid',
  NOT_FOUND: 'Not found',
  FORBIDDEN: 'Not allowed',
  UNAUTHENTICATED: 'Not authenticated',
  CONFLICT: 'In conflict with what is there',
  LIMIT_EXCEEDED: 'More than is allowed',
  RATE_LIMITED: 'Too many requests',
  UNAVAILABLE: 'Not available now',
};

/** Arguments by the names that the domain gives them; the others are the same here. */
const fields: ReadonlyMap<string, string> = new Map([
  ['eventTypes', 'events'],
  ['projectId', 'project_id'],
  ['organizationId', 'project_id'],
  ['webhookId', 'id'],
  // The profile of what is made here is given; a URL that belongs to another is what is at fault.
  ['profile', 'url'],
]);

/** `input.eventTypes[1]` as `events[1]`. */
export const fieldOf = (path: string): string =>
  path.replace(/^input\./, '').replace(/^\w+/, (name) => fields.get(name) ?? name);

/** @param shown - an error as it is presented to callers @param status - HTTP's own, where the code has not the last word */
export function problemOf(shown: GraphQLFormattedError, status?: number): Problem {
  const extensions = (shown.extensions ?? {}) as Partial<Pick<Problem, 'field' | 'permission'>>;
  const { code = 'INTERNAL', field, permission } = extensions as typeof extensions & { code?: ErrorCode | 'INTERNAL' };
  return {
    type: `urn:everhook:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: code === 'INTERNAL' ? 'Something went wrong here' : titles[code],
    status: status ?? statusFor(code, field),
    detail: shown.message,
    code,
    ...(field === undefined ? {} : { field: fieldOf(field) }),
    ...(permission === undefined ? {} : { permission }),
  };
}

function statusFor(code: ErrorCode | 'INTERNAL', field: string | undefined): number {
  if (code === 'INTERNAL') return 500;
  // Too long a body is 413; too many of something is a conflict with what is there.
  if (code === 'LIMIT_EXCEEDED' && field !== 'body') return field === undefined ? 409 : 400;
  return statusOf(code);
}

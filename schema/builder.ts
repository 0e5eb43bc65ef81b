import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin, { type AuthFailure } from '@pothos/plugin-scope-auth';
import ValidationPlugin from '@pothos/plugin-validation';
import { z } from 'zod';
import { holds } from '../core/access/permissions.ts';
import type { Permission } from '../core/access/principal.ts';
import { ApiError, forbidden } from '../core/ground/errors.ts';
import type { PrismaClient } from '../core/store/prisma/client.ts';
import { type Context, storeOf } from './context.ts';
import type PrismaTypes from './generated/prisma-types.ts';
import { getDatamodel } from './generated/prisma-types.ts';
import { isCursor, maxPage, pageSize } from './page.ts';
import { strictQueries } from './strictQueries.ts';

/** Limits for one request. A field costs 1; a list's fields cost that times the requested length of the list. */
export const complexityLimits = { depth: 14, breadth: 400, complexity: 25_000 } as const;

const size = z
  .int()
  .min(0, `Ask for 0 to ${pageSize.max} at a time.`)
  .max(pageSize.max, `Ask for at most ${pageSize.max} at a time, and get the next page with "after".`);
const cursor = z
  .string()
  .refine(isCursor, 'This is not a cursor of this list: use one from its "pageInfo" or from one of its edges.');

export const builder = new SchemaBuilder<{
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  AuthScopes: { operator: boolean; permission: Permission };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    /** Milliseconds. */
    Duration: { Input: number; Output: number };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  plugins: [ScopeAuthPlugin, RelayPlugin, PrismaPlugin, ValidationPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: (context) => storeOf(context) as PrismaClient,
    dmmf: getDatamodel(),
    exposeDescriptions: false,
    filterConnectionTotalCount: false,
    // The plugin calls a function here for each page, although its type for all lists together is a number.
    maxConnectionSize: maxPage as never,
    defaultConnectionSize: pageSize.default,
    onUnusedQuery: (info) => {
      if (strictQueries.on) throw new Error(`${info.parentType.name}.${info.fieldName} does not use its query.`);
    },
  },
  relay: {
    firstArgOptions: { validate: size },
    lastArgOptions: { validate: size },
    beforeArgOptions: { validate: cursor },
    afterArgOptions: { validate: cursor },
    pageInfoTypeOptions: { description: 'Where a page is in its list.' },
    hasNextPageFieldOptions: {
      description: 'Whether rows come after this page; true whenever it was asked for by `before`.',
    },
    hasPreviousPageFieldOptions: {
      description: 'Whether rows come before this page; true whenever it was asked for by `after`.',
    },
    startCursorFieldOptions: { description: 'The cursor of the first row; null for an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of the last row; null for an empty page.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: ({ principal }) => ({
      operator: principal.kind === 'OPERATOR',
      permission: (permission) => holds(principal, permission),
    }),
    unauthorizedError: (_parent, _context, { fieldName }, { failure }) => {
      const permission = lackingOf(failure);
      return permission === null
        ? new ApiError('FORBIDDEN', `This principal has no permission for "${fieldName}".`)
        : forbidden(
            permission,
            `"${fieldName}" needs the permission ${permission}, which this principal does not have.`,
          );
    },
  },
  validation: {
    validationError: ({ issues }) => {
      const [issue] = issues;
      const path = issue?.path?.map((key) => (typeof key === 'object' ? key.key : key)) ?? [];
      return new ApiError('VALIDATION_FAILED', issue?.message ?? 'The arguments are not valid.', fieldPath(path));
    },
  },
  complexity: {
    limit: complexityLimits,
    complexityError: (kind, cost) => {
      const name = kind.toLowerCase() as 'depth' | 'breadth' | 'complexity';
      return new ApiError(
        'LIMIT_EXCEEDED',
        `The ${name} of this operation is ${cost[name]}; at most ${complexityLimits[name]} is allowed. Ask for less at a time.`,
      );
    },
  },
});

/** The permission that is missing; null where something else is, such as being the operator. */
function lackingOf(failure: AuthFailure): string | null {
  if ('failures' in failure) return failure.failures.map(lackingOf).find((each) => each !== null) ?? null;
  return 'parameter' in failure && failure.scope === 'permission' ? String(failure.parameter) : null;
}

/** `['input', 'events', 0, 'type']` as `input.events[0].type`. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
    '',
  );
}

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be changed: each field takes one input, and answers a payload.' });
builder.subscriptionType({ description: 'What can be followed live.' });

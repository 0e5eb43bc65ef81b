import { queryFromInfo } from '@pothos/plugin-prisma';
import { requireIn, requireStill } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { following } from './batchedRows.ts';
import { builder } from './builder.ts';
import { prismaOf } from './context.ts';
import { Issue } from './issue.ts';
import { projectArgument } from './projectArgument.ts';

builder.subscriptionFields((t) => ({
  issueUpdated: t.field({
    type: Issue,
    description: 'Every change of a project’s issues, from now on or after a cursor.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: {
      projectId: t.arg.id({ required: true }),
      after: t.arg.string({ description: 'The `cursor` of the last change received.' }),
    },
    subscribe: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      requireIn(context.principal, 'WEBHOOK_READ', scope, 'projectId');
      return following(scope, (signal) =>
        context.services.issueFeed.changes({ ...scope, after: args.after ?? undefined, signal }),
      );
    },
    resolve: async ({ change, batch, scope }, _args, context, info) => {
      requireStill(context.principal, 'WEBHOOK_READ', scope);
      const query = queryFromInfo({ context, info }) as { select: Prisma.IssueSelect };
      const issue = await batch.row(change.id, context.principal, (ids) =>
        prismaOf(context).issue.findMany({
          ...query,
          where: { AND: [visible(context.principal, 'WEBHOOK_READ'), { id: { in: ids } }] },
        }),
      );
      if (!issue) throw notFound('issue');
      return Object.assign(issue, { cursor: change.cursor });
    },
  }),
}));

builder.queryFields((t) => ({
  issueCursor: t.string({
    description:
      'The present cursor, for `issueUpdated`: a client that reads it before it acts misses none of the changes that follow.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { projectId: t.arg.id({ required: true }) },
    resolve: async (_root, args, context) => {
      const scope = await projectArgument(context, args.projectId);
      requireIn(context.principal, 'WEBHOOK_READ', scope, 'projectId');
      return context.services.issueFeed.cursor(scope.projectId);
    },
  }),
}));

import { mayWithin, requireIn } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { JsonText } from '../core/answers/answerText.ts';
import { type AuditAction, auditActions, auditTargets } from '../core/audit/actions.ts';
import type { ActorKind } from '../core/audit/audit.ts';
import type { Prisma } from '../core/store/prisma/client.ts';
import { builder } from './builder.ts';
import { auditTextCost, edgesOnce, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { AuditActionEnum, AuditTargetType, other, PrincipalKind } from './enums.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument } from './scopeArgs.ts';
import { searchText } from './searchArgs.ts';
import { createdBetween } from './timeRange.ts';

const jsonOrNull = (text: string | null | undefined) => (text == null ? null : new JsonText(text));

/** Rows of the actions. What this version does not know is all that it does not name. */
const anyOf = (actions: readonly (AuditAction | typeof other)[]): Prisma.AuditEventWhereInput => {
  const known = { action: { in: [...new Set<string>(actions)] } };
  return actions.includes(other) ? { OR: [known, { action: { notIn: Object.keys(auditActions) } }] } : known;
};

const targetColumns = { organizationId: true, targetType: true, targetId: true } as const;

const targetKey = ({ organizationId, targetType, targetId }: Record<keyof typeof targetColumns, string>): string =>
  JSON.stringify({ organizationId, type: targetType, id: targetId });

const AuditEvent = builder.prismaObject('AuditEvent', {
  description: 'Who changed what, when and from where. It never changes, and holds no secret.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    principalKind: t.field({
      type: PrincipalKind,
      description: 'What kind of principal it was.',
      select: { principalKind: true },
      resolve: ({ principalKind }) => principalKind as ActorKind,
    }),
    principalId: t.exposeString('principalId', { description: 'A key’s or a portal link’s id, or a user’s “sub”.' }),
    action: t.field({
      type: AuditActionEnum,
      description: 'What was done.',
      select: { action: true },
      resolve: ({ action }) => (Object.hasOwn(auditActions, action) ? (action as AuditAction) : other),
    }),
    targetType: t.field({
      type: AuditTargetType,
      description: 'What kind of thing was changed.',
      select: { targetType: true },
      resolve: ({ targetType }) => auditTargets.find((each) => each === targetType) ?? other,
    }),
    targetId: t.exposeString('targetId', { description: 'The id of what was changed; for a role, its name.' }),
    targetName: t.string({
      nullable: true,
      description:
        'The present name of what was changed, or its last one where it is gone: for a delivery the type of its event, for a recovery the name of its webhook, for a connection its tracker. Null where it has none, or none is known any more.',
      select: targetColumns,
      resolve: async (event, _args, { loaders }) => (await loaders.auditTarget(targetKey(event)))?.name ?? null,
    }),
    targetIsGone: t.boolean({
      description: 'Whether what was changed is gone by now: deleted, removed or revoked.',
      select: targetColumns,
      resolve: async (event, _args, { loaders }) => (await loaders.auditTarget(targetKey(event)))?.isGone ?? true,
    }),
    projectId: t.exposeID('projectId', {
      description: 'The project that it happened in; null for the whole organization.',
      nullable: true,
    }),
    at: t.expose('at', { description: 'When it happened.', type: 'DateTime' }),
    address: t.exposeString('address', { nullable: true, description: 'The network address of the caller.' }),
    userAgent: t.exposeString('userAgent', {
      description: 'The caller’s User-Agent header, if it sent one.',
      nullable: true,
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The header X-Request-Id of the answer to the request that did it. Null where no request did.',
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      complexity: auditTextCost,
      description: 'The changed fields with their old values.',
      resolve: async ({ id }, _args, { loaders }) => jsonOrNull((await loaders.auditTexts(id))?.before),
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      complexity: auditTextCost,
      description: 'The same fields with their new values.',
      resolve: async ({ id }, _args, { loaders }) => jsonOrNull((await loaders.auditTexts(id))?.after),
    }),
  }),
});

findable('AuditEvent', {
  table: 'audit_event',
  read: (context, query, ids) =>
    prismaOf(context).auditEvent.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'AUDIT_READ'), { id: { in: ids } }] },
    }),
});

const AuditEventEdge = builder.edgeObject({ name: 'AuditEventEdge', type: AuditEvent });
const AuditEventConnection = builder.connectionObject(
  { name: 'AuditEventConnection', type: AuditEvent, ...edgesOnce },
  AuditEventEdge,
);

builder.queryFields((t) => ({
  auditEvents: t.prismaConnection(
    {
      type: AuditEvent,
      cursor: 'id',
      complexity: pageCost,
      description: 'The audit trail of an organization, newest first.',
      authScopes: { permission: 'AUDIT_READ' },
      args: {
        organizationId: t.arg.id({ description: 'The tenant whose trail it is.', required: true }),
        projectId: t.arg.id({ description: 'Only what happened in this project.' }),
        targetId: t.arg.string({ description: 'Only what changed the thing with this id.' }),
        actions: t.arg({ type: [AuditActionEnum], description: 'Only these.' }),
        principalId: t.arg.string({
          description: 'Only what this principal did: a key’s or a portal link’s id, or a user’s “sub”.',
        }),
        from: t.arg({ type: 'DateTime', description: 'This time or later.' }),
        to: t.arg({ type: 'DateTime', description: 'Before this time.' }),
      },
      resolve: (query, _root, args, context) => {
        const { principal } = context;
        const organizationId = idArgument(args.organizationId, 'organization', 'organizationId');
        const scope = { organizationId, projectId: null };
        if (!mayWithin(principal, 'AUDIT_READ', scope)) requireIn(principal, 'AUDIT_READ', scope, 'organizationId');
        const filters: Prisma.AuditEventWhereInput[] = [visible(principal, 'AUDIT_READ'), { organizationId }];
        if (args.projectId != null) filters.push({ projectId: idArgument(args.projectId, 'project', 'projectId') });
        if (args.targetId != null) filters.push({ targetId: searchText(args.targetId, 'targetId') });
        if (args.actions) filters.push(anyOf(args.actions));
        if (args.principalId != null) filters.push({ principalId: searchText(args.principalId, 'principalId') });
        for (const { createdAt, id } of createdBetween(args.from, args.to)) filters.push({ at: createdAt, id });
        return prismaOf(context).auditEvent.findMany({ ...query, where: { AND: filters }, orderBy: newestFirst });
      },
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
}));

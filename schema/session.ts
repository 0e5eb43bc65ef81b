import { ApiError, invalid } from '../core/ground/errors.ts';
import type { WhichSessions } from '../core/sessions/control.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { PrincipalKind } from './enums.ts';
import { idInput } from './inputs.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, idOrNull } from './scopeArgs.ts';
import { searchText } from './searchArgs.ts';

const Session = builder.prismaObject('Session', {
  description: 'Somebody who is signed in to the dashboard, in one browser.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    principalKind: t.field({
      type: PrincipalKind,
      description: 'What opened it: the operator key, an API key, or a user.',
      select: { userId: true, apiKey: { select: { organizationId: true } } },
      resolve: ({ userId, apiKey }) =>
        userId !== null ? 'USER' : apiKey?.organizationId === null ? 'OPERATOR' : 'API_KEY',
    }),
    userId: t.exposeString('userId', {
      nullable: true,
      description: 'The user, as members are known; null for the session of a key.',
    }),
    apiKeyId: t.id({
      nullable: true,
      description: 'The API key; null for a user’s session and for the operator’s.',
      select: { apiKey: { select: { id: true, organizationId: true } } },
      resolve: ({ apiKey }) => (apiKey?.organizationId == null ? null : apiKey.id),
    }),
    name: t.string({
      nullable: true,
      description: 'What the person is called, as their issuer says, or the key’s name. Null where nobody says.',
      select: { name: true, apiKey: { select: { name: true } } },
      resolve: ({ name, apiKey }) => name ?? apiKey?.name ?? null,
    }),
    issuer: t.exposeString('issuer', {
      nullable: true,
      description: 'The URL of the identity provider by which the person signed in. Null where a key or a token did.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When somebody signed in.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', description: 'When it was last used, to a minute.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends in any case.' }),
    address: t.exposeString('address', {
      nullable: true,
      description: 'The network that it was last used from (CIDR): the address is shortened.',
    }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'The beginning of the browser’s User-Agent.',
    }),
    isCurrent: t.boolean({
      description: 'Whether this request came by it.',
      resolve: ({ id }, _args, { principal }) => principal.session === id,
    }),
  }),
});

findable('Session', {
  table: 'session',
  read: async (context, query, ids) =>
    prismaOf(context).session.findMany({
      ...query,
      where: { id: { in: await context.services.sessionControl.visible(context.principal, ids) } },
    }),
});

const SessionEdge = builder.edgeObject({ name: 'SessionEdge', type: Session });
const SessionConnection = builder.connectionObject(
  { name: 'SessionConnection', type: Session, ...edgesOnce },
  SessionEdge,
);

/** @throws ApiError VALIDATION_FAILED, FORBIDDEN */
function whichOf(
  { principal }: Context,
  given: {
    readonly organizationId?: string | null | undefined;
    readonly userId?: string | null | undefined;
    readonly everybody?: boolean | null | undefined;
  },
  path = '',
): WhichSessions {
  const organizationId = idOrNull(given.organizationId, 'organization', `${path}organizationId`);
  if (given.everybody === true) {
    if (organizationId !== null || given.userId != null) {
      throw invalid(`${path}everybody`, 'Name an organization, or ask for everybody’s, not both.');
    }
    if (principal.kind !== 'OPERATOR') {
      throw new ApiError('FORBIDDEN', 'Only the operator sees everybody’s sessions.', `${path}everybody`);
    }
    return { everybody: true };
  }
  if (organizationId === null) {
    if (given.userId != null) throw invalid(`${path}organizationId`, 'Name the organization of this user.');
    return { own: true };
  }
  return { organizationId, userId: given.userId == null ? null : searchText(given.userId, `${path}userId`) };
}

builder.queryFields((t) => ({
  sessions: t.prismaConnection(
    {
      type: Session,
      cursor: 'id',
      complexity: pageCost,
      description:
        'The sessions that go on now, newest first: one’s own, or those of an organization’s members and keys, which takes MEMBER_MANAGE there. Those of a member of other organizations, too, show only where one manages all of them, or an issuer’s rule made the member. At most 1,000 of an organization.',
      args: {
        organizationId: t.arg.id({ description: 'Those of its members and keys. Left out: one’s own.' }),
        userId: t.arg.string({ description: 'Only this user’s, in the organization.' }),
        everybody: t.arg.boolean({ description: 'Those of all organizations; for the operator alone.' }),
      },
      resolve: async (query, _root, args, context) =>
        prismaOf(context).session.findMany({
          ...query,
          where: await context.services.sessionControl.live(context.principal, whichOf(context, args)),
          orderBy: newestFirst,
        }),
    },
    SessionConnection,
    SessionEdge,
  ),
}));

const EndSessionInput = idInput('EndSessionInput', 'The session to end.');

const EndSessionPayload = builder.objectRef<{ sessionId: string }>('EndSessionPayload').implement({
  fields: (t) => ({
    sessionId: t.exposeID('sessionId', { description: 'The session, which opens nothing any more.' }),
  }),
});

const EndSessionsInput = builder.inputType('EndSessionsInput', {
  fields: (t) => ({
    organizationId: t.id({ description: 'Those of its members and keys. Left out: one’s own.' }),
    userId: t.string({ description: 'Only this user’s, in the organization.' }),
    everybody: t.boolean({ description: 'Those of all organizations; for the operator alone.' }),
  }),
});

const EndSessionsPayload = builder.objectRef<{ ended: number }>('EndSessionsPayload').implement({
  fields: (t) => ({ ended: t.exposeInt('ended', { description: 'How many were ended.' }) }),
});

builder.mutationFields((t) => ({
  endSession: t.field({
    complexity: mutationCost,
    type: EndSessionPayload,
    description:
      'Ends a session: one’s own, or one that `sessions` shows of an organization’s members and keys. It holds within 5 seconds, also for live subscriptions.',
    args: { input: t.arg({ type: EndSessionInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const sessionId = idArgument(input.id, 'session', 'input.id');
      await services.sessionControl.end(principal, sessionId);
      return { sessionId };
    },
  }),
  endSessions: t.field({
    complexity: mutationCost,
    type: EndSessionsPayload,
    description:
      'Ends all sessions that `sessions` would list with the same arguments, except the one by which this request came. At most 1,000 at a time.',
    args: { input: t.arg({ type: EndSessionsInput, required: true }) },
    resolve: async (_root, { input }, context) => ({
      ended: await context.services.sessionControl.endAll(context.principal, whichOf(context, input, 'input.')),
    }),
  }),
}));

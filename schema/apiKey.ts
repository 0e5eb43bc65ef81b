import { visible } from '../core/access/visible.ts';
import { builder } from './builder.ts';
import { edgesOnce, mutationCost, pageCost } from './connection.ts';
import { prismaOf } from './context.ts';
import { Permission, Role } from './enums.ts';
import { idInput } from './inputs.ts';
import { findable, Node } from './node.ts';
import { newestFirst } from './page.ts';
import { idArgument, idOrNull, scopeFilter } from './scopeArgs.ts';

const ApiKey = builder.prismaObject('ApiKey', {
  description: 'A service’s credential. The key itself is shown once, when it is created.',
  select: { id: true },
  interfaces: [Node],
  fields: (t) => ({
    id: t.exposeID('id'),
    organization: t.relation('organization', {
      description: 'The tenant that it belongs to. Null for the operator’s key.',
      nullable: true,
    }),
    project: t.relation('project', { nullable: true, description: 'The project that the key is restricted to.' }),
    name: t.exposeString('name', { description: 'What people call it: 1 to 200 characters.' }),
    prefix: t.exposeString('prefix', { description: 'The key’s first characters, to tell keys apart.' }),
    role: t.expose('role', {
      description: 'The role whose permissions it has; null where it has its own.',
      type: Role,
      nullable: true,
    }),
    permissions: t.expose('permissions', {
      type: [Permission],
      description: 'The key’s own permissions; empty where it has a role.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null: not before it is revoked.',
    }),
    allowedAddresses: t.exposeStringList('allowedAddresses', {
      description: 'The address blocks that it may be used from, in CIDR notation; empty: from everywhere.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to about a minute; null: never.',
    }),
    lastRefusedAt: t.expose('lastRefusedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last came from an address that it does not allow, or after it expired, to about a minute.',
    }),
    lastRefusedAddress: t.exposeString('lastRefusedAddress', {
      nullable: true,
      description: 'The network address from which it came then.',
    }),
    revokedAt: t.expose('revokedAt', {
      description: 'Since then it is good for nothing. Null for a live key.',
      type: 'DateTime',
      nullable: true,
    }),
  }),
});

findable('ApiKey', {
  table: 'api_key',
  read: (context, query, ids) =>
    prismaOf(context).apiKey.findMany({
      ...query,
      where: { AND: [visible(context.principal, 'KEY_MANAGE'), { id: { in: ids } }] },
    }),
});

const ApiKeyEdge = builder.edgeObject({ name: 'ApiKeyEdge', type: ApiKey });
const ApiKeyConnection = builder.connectionObject({ name: 'ApiKeyConnection', type: ApiKey, ...edgesOnce }, ApiKeyEdge);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'Give a role or permissions, never more than the caller has.',
  fields: (t) => ({
    organizationId: t.id({ description: 'The tenant that the key belongs to.', required: true }),
    name: t.string({ description: 'What people call it: 1 to 200 characters.', required: true }),
    role: t.field({ description: 'A role, whose permissions it then has, also when they change.', type: Role }),
    permissions: t.field({
      description: 'Permissions of its own, in place of a role: at least one.',
      type: [Permission],
    }),
    projectId: t.id({ description: 'Restricts the key to one project.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'When the key ends by itself. A key cannot make one that lasts longer than itself.',
    }),
    allowedAddresses: t.stringList({
      description:
        'The only addresses that the key may be used from: up to 50 addresses or blocks in CIDR notation, such as 203.0.113.0/24. A key that has some cannot make one that allows others.',
    }),
  }),
});

const CreateApiKeyPayload = builder.objectRef<{ apiKeyId: string; key: string }>('CreateApiKeyPayload').implement({
  fields: (t) => ({
    apiKey: t.prismaField({
      description: 'The new key, without its secret.',
      type: ApiKey,
      resolve: (query, { apiKeyId }, _args, context) =>
        prismaOf(context).apiKey.findUniqueOrThrow({ ...query, where: { id: apiKeyId } }),
    }),
    key: t.exposeString('key', { description: 'Shown only here.' }),
  }),
});

const RevokeApiKeyInput = idInput('RevokeApiKeyInput', 'The key to end.');

const RevokeApiKeyPayload = builder.objectRef<{ apiKeyId: string }>('RevokeApiKeyPayload').implement({
  fields: (t) => ({
    apiKey: t.prismaField({
      type: ApiKey,
      resolve: (query, { apiKeyId }, _args, context) =>
        prismaOf(context).apiKey.findUniqueOrThrow({ ...query, where: { id: apiKeyId } }),
    }),
  }),
});

builder.queryFields((t) => ({
  apiKeys: t.prismaConnection(
    {
      description: 'API keys, newest first, also those that expired or were revoked in the last 30 days.',
      type: ApiKey,
      cursor: 'id',
      complexity: pageCost,
      authScopes: { permission: 'KEY_MANAGE' },
      args: { organizationId: t.arg.id(), projectId: t.arg.id() },
      resolve: async (query, _root, args, context) =>
        prismaOf(context).apiKey.findMany({
          ...query,
          where: { AND: [visible(context.principal, 'KEY_MANAGE'), await scopeFilter(context, args, 'KEY_MANAGE')] },
          orderBy: newestFirst,
        }),
    },
    ApiKeyConnection,
    ApiKeyEdge,
  ),
}));

builder.mutationFields((t) => ({
  createApiKey: t.field({
    description: 'Creates a service’s credential. Its secret is shown in this answer alone.',
    complexity: mutationCost,
    type: CreateApiKeyPayload,
    args: { input: t.arg({ type: CreateApiKeyInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const created = await services.apiKeys.create(principal, {
        organizationId: idArgument(input.organizationId, 'organization', 'input.organizationId'),
        projectId: idOrNull(input.projectId, 'project', 'input.projectId'),
        name: input.name,
        role: input.role ?? null,
        permissions: input.permissions ?? null,
        expiresAt: input.expiresAt,
        allowedAddresses: input.allowedAddresses,
      });
      return { apiKeyId: created.id, key: created.key };
    },
  }),
  revokeApiKey: t.field({
    description: 'Ends a key at once, for good.',
    complexity: mutationCost,
    type: RevokeApiKeyPayload,
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const apiKeyId = idArgument(input.id, 'API key', 'input.id');
      await services.apiKeys.revoke(principal, apiKeyId);
      return { apiKeyId };
    },
  }),
}));

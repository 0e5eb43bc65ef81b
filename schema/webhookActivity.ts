import { may } from '../core/access/permissions.ts';
import { inScopes } from '../core/listing/scopes.ts';
import type { MissedLately } from '../core/recoveries/missedLately.ts';
import type { HealthChange } from '../core/store/prisma/client.ts';
import { type HourOfWebhook, hoursShown, readHours } from '../core/webhooks/hours.ts';
import { type RecentDeliveries, recentDeliveries, recentShown } from '../core/webhooks/recent.ts';
import { batched, type Loader } from './batched.ts';
import { builder } from './builder.ts';
import { edgesOnce, pageCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { type NestedList, nestedPage } from './nestedPages.ts';
import { Webhook } from './webhook.ts';
import { WebhookHealthChange } from './webhookHealth.ts';

const HealthChangeEdge = builder.edgeObject({ name: 'WebhookHealthChangeEdge', type: WebhookHealthChange });
const HealthChangeConnection = builder.connectionObject(
  { name: 'WebhookHealthChangeConnection', type: WebhookHealthChange, ...edgesOnce },
  HealthChangeEdge,
);

/** A look-up that reads up to some thousand rows. A hundred webhooks with all that goes through them fit into one operation. */
const lookUpCost = 10;
/** A count that reads events, within a bound of time for all webhooks of an answer. */
const missedCost = 25;

const Hour = builder.objectRef<HourOfWebhook>('WebhookHour').implement({
  description: 'The deliveries of a webhook created in one hour that have ended.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'When the hour begins, in UTC.', resolve: ({ from }) => from }),
    delivered: t.exposeInt('delivered', { description: 'Those that arrived.' }),
    failed: t.exposeInt('failed', { description: 'Those given up after their last attempt.' }),
  }),
});

const Recent = builder.objectRef<RecentDeliveries>('RecentDeliveries').implement({
  description: `How the newest deliveries of a webhook stand that were attempted: at most ${recentShown}, without tests.`,
  fields: (t) => ({
    attempted: t.exposeInt('attempted', { description: 'How many these are.' }),
    failed: t.exposeInt('failed', {
      description: 'Those of them whose last attempt failed: given up, or waiting for the next one.',
    }),
  }),
});

const Missed = builder.objectRef<MissedLately>('MissedEvents').implement({
  description: 'Events that a webhook missed while it was switched off or disabled, and that no recovery has sent.',
  fields: (t) => ({
    count: t.exposeInt('count', { description: 'How many these are.' }),
    since: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the first of them was published; null for none.',
      resolve: ({ since }) => since,
    }),
    isAtLeast: t.exposeBoolean('isAtLeast', {
      description: 'Whether counting stopped early for lack of time: then there are so many or more.',
    }),
  }),
});

interface Seen {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
}

/** Reads for all webhooks of an answer by one look-up; null for principals that may not read them. */
function ofMany<T>(
  name: string,
  read: (context: Context, ids: string[]) => Promise<readonly { id: string; value: T }[]>,
) {
  return async ({ id, organizationId, projectId }: Seen, _args: object, context: Context): Promise<T | null> => {
    if (!may(context.principal, 'WEBHOOK_READ', { organizationId, projectId })) return null;
    const load = await context.loaders.once<Loader<T>>(name, async () => batched((ids) => read(context, ids)));
    return load(id);
  };
}

const owned = { id: true, organizationId: true, projectId: true } as const;

builder.prismaObjectFields(Webhook, (t) => ({
  lastHours: t.field({
    type: [Hour],
    nullable: true,
    complexity: { field: lookUpCost, multiplier: hoursShown },
    description: `Its last ${hoursShown} hours, oldest first, the present one included. Null for principals that may not read its deliveries.`,
    select: owned,
    resolve: ofMany('hours of webhooks', (context, ids) =>
      readHours((text, ...values) => prismaOf(context).$queryRawUnsafe(text, ...values), ids),
    ),
  }),
  recentDeliveries: t.field({
    type: Recent,
    nullable: true,
    complexity: { field: lookUpCost, multiplier: 1 },
    description: 'How its newest deliveries stand. Null for principals that may not read them.',
    select: owned,
    resolve: ofMany('recent deliveries', (context, ids) =>
      prismaOf(context).$queryRawUnsafe<{ id: string; value: RecentDeliveries }[]>(recentDeliveries, ids),
    ),
  }),
  missedEvents: t.field({
    type: Missed,
    nullable: true,
    complexity: { field: missedCost, multiplier: 1 },
    description:
      'What it missed since it was stopped: switched off or disabled, now or in the last 7 days. Null where it was not, and for principals that may not read its deliveries.',
    select: owned,
    resolve: ofMany('missed events', (context, ids) => context.services.missedLately(ids)),
  }),
  healthChanges: t.connection(
    {
      type: WebhookHealthChange,
      description: 'Each change of its health, newest first.',
      complexity: pageCost,
      authScopes: { permission: 'WEBHOOK_READ' },
      resolve: (webhook, args, context, info) => nestedPage<HealthChange>(healthChanges, webhook, args, context, info),
    },
    HealthChangeConnection,
    HealthChangeEdge,
  ),
}));

const healthChanges: NestedList = {
  type: 'WebhookHealthChange',
  table: 'health_change',
  owner: 'webhook_id',
  orderedBy: 'at',
  permission: 'WEBHOOK_READ',
  within: (scopes, parameters) =>
    `EXISTS (SELECT FROM webhook w WHERE w.id = owner.id AND ${inScopes('w', scopes).sql(parameters)})`,
};

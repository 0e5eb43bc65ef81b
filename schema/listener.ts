import { requireIn } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { notFound } from '../core/ground/errors.ts';
import { failures } from '../core/listeners/answer.ts';
import type { ListenedRequest as Listened } from '../core/listeners/requests.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { Delivery } from './delivery.ts';
import { endingWith } from './endingWith.ts';
import { Profile } from './enums.ts';
import { followedOne } from './followedOne.ts';
import { Header, HeaderInput } from './header.ts';
import { webhookById } from './rows.ts';
import { idArgument, scopeOf } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

const CreateListenerInput = builder.inputType('CreateListenerInput', {
  description: 'What to listen to.',
  fields: (t) => ({
    organizationId: t.id({ description: 'To listen to a whole organization.' }),
    projectId: t.id({ description: 'To listen to one project.' }),
    name: t.string({ required: true, description: 'What people call it: 1 to 200 characters.' }),
    eventTypes: t.stringList({
      description:
        'The types that it gets, with `*` for any characters at up to two places, as in `order.*`. Empty or left out: all of the tenant’s. At most 20, and 500 of all listeners of an organization.',
    }),
    profile: t.field({ type: Profile, description: 'The wire contract of its requests. Default: its project’s.' }),
    secret: t.string({ description: 'Your own secret, where the profile allows one: the same at every start.' }),
    target: t.string({
      description: 'Where your client sends what it takes, for people to read. Nothing is sent there from here.',
    }),
  }),
});

const CreateListenerPayload = builder
  .objectRef<{ id: string; secret: string | null }>('CreateListenerPayload')
  .implement({
    description: 'A listener that was made.',
    fields: (t) => ({
      listener: t.prismaField({
        type: Webhook,
        description: 'The listener. Subscribe to `listenedRequests` within a minute.',
        resolve: (query, { id }, _args, context) => webhookById(query, id, context),
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'Signs its requests. Shown only here. Null where the profile has none.',
      }),
    }),
  });

export const ListenedRequest = builder.objectRef<Listened>('ListenedRequest').implement({
  description: 'A request as an ordinary webhook would get it, for the client of a listener.',
  fields: (t) => ({
    deliveryId: t.exposeID('deliveryId', { description: 'The id of its delivery.' }),
    receipt: t.exposeString('receipt', { description: 'To be given back with the answer.' }),
    eventId: t.exposeID('eventId', { description: 'The id of its event.' }),
    eventType: t.exposeString('eventType', { description: 'The type of its event.' }),
    headers: t.field({
      type: [Header],
      description: 'Its headers in the order of sending. `host` is that of the listener’s target.',
      resolve: ({ headers }) => headers.map(([name, value]) => ({ name, value })),
    }),
    body: t.exposeString('body', { description: 'Its body: send these characters as UTF-8, and the signature fits.' }),
  }),
});

const ListenerFailure = builder.enumType('ListenerFailure', {
  description: 'Why a listener’s client got no answer.',
  values: Object.fromEntries(
    failures.map((name) => [
      name,
      {
        description: {
          CONNECT_ERROR: 'It could not connect.',
          TIMEOUT: 'No answer came in time.',
          INVALID_RESPONSE: 'The answer was no HTTP, or broke off.',
        }[name],
      },
    ]),
  ) as Record<(typeof failures)[number], { description: string }>,
});

const AnswerListenedRequestInput = builder.inputType('AnswerListenedRequestInput', {
  description: 'What a listener’s client got for a request.',
  fields: (t) => ({
    listenerId: t.id({ required: true, description: 'The listener.' }),
    receipt: t.string({ required: true, description: 'The receipt of the request.' }),
    responseCode: t.int({ description: 'The HTTP status of the answer, if there was one.' }),
    responseHeaders: t.field({ type: [HeaderInput], description: 'Its headers, up to 16 KiB.' }),
    responseBody: t.string({ description: 'Its body. The first 64 KiB are kept.' }),
    failure: t.field({ type: ListenerFailure, description: 'Why there was no answer.' }),
    error: t.string({ description: 'The same in words, up to 500 characters.' }),
    duration: t.field({ type: 'Duration', required: true, description: 'From the request to the end of the answer.' }),
  }),
});

const AnswerListenedRequestPayload = builder
  .objectRef<{ deliveryId: string }>('AnswerListenedRequestPayload')
  .implement({
    description: 'An answer that was recorded.',
    fields: (t) => ({
      delivery: t.prismaField({
        type: Delivery,
        description: 'The delivery, which has ended.',
        resolve: (query, { deliveryId }, _args, context) =>
          prismaOf(context).delivery.findUniqueOrThrow({ ...query, where: { id: deliveryId } }),
      }),
    }),
  });

builder.mutationFields((t) => ({
  createListener: t.field({
    complexity: mutationCost,
    type: CreateListenerPayload,
    description:
      'Makes a listener: a webhook whose requests your client takes by the subscription `listenedRequests`, as long as it subscribes and a minute more. It counts in no health and no statistics, is in no list unless it is asked for, and `deleteWebhook` ends it at once.',
    args: { input: t.arg({ type: CreateListenerInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const scope = await scopeOf(context, input, 'input.');
      return context.services.createListener(context.principal, scope, input);
    },
  }),
  answerListenedRequest: t.field({
    complexity: mutationCost,
    type: AnswerListenedRequestPayload,
    description:
      'Records what a listener’s client got for a request. The delivery then is DELIVERED or FAILED: a listener has no retries, but a replay comes to it.',
    args: { input: t.arg({ type: AnswerListenedRequestInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const deliveryId = await services.answerListener(principal, {
        listenerId: idArgument(input.listenerId, 'listener', 'input.listenerId'),
        receipt: input.receipt,
        responseCode: input.responseCode ?? null,
        headers: (input.responseHeaders ?? []).map(({ name, value }) => ({ name, value: value ?? '' })),
        body: input.responseBody ?? null,
        failure: input.failure ?? null,
        error: input.error ?? null,
        durationMs: input.duration,
      });
      return { deliveryId };
    },
  }),
}));

async function listenerOf(context: Context, id: string) {
  const where = { AND: [visible(context.principal), { id, deletedAt: null, listenerExpiresAt: { not: null } }] };
  const select = { id: true, organizationId: true, projectId: true };
  const listener = await prismaOf(context).webhook.findFirst({ where, select });
  if (!listener) throw notFound('listener', 'listenerId');
  requireIn(context.principal, 'WEBHOOK_MANAGE', listener, 'listenerId');
  return listener;
}

builder.subscriptionFields((t) => ({
  listenedRequests: t.field({
    type: ListenedRequest,
    description:
      'The requests of a listener, in the order of events: those that were not answered yet, then new ones. At most 32 wait for their answers. A lost connection loses nothing within a minute: what was not answered comes again. A newer subscription to the same listener ends this one.',
    authScopes: { permission: 'WEBHOOK_MANAGE' },
    args: { listenerId: t.arg.id({ required: true, description: 'The listener.' }) },
    subscribe: async (_root, args, context) => {
      const listener = await listenerOf(context, idArgument(args.listenerId, 'listener', 'listenerId'));
      const ending = new AbortController();
      return endingWith(context.services.listenedRequests(listener, ending.signal), ending);
    },
    resolve: async (request, _args, context) => {
      // Whoever lost the permission gets no more.
      await followedOne(listenerOf(context, request.listenerId));
      return request;
    },
  }),
}));

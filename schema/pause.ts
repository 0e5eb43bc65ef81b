import { requireSomewhere } from '../core/access/permissions.ts';
import { visible } from '../core/access/visible.ts';
import { heldCounts, maxCounted } from '../core/deliveries/releaseHeld.ts';
import { notFound } from '../core/ground/errors.ts';
import { batched, type Loader } from './batched.ts';
import { builder } from './builder.ts';
import { mutationCost } from './connection.ts';
import { type Context, prismaOf } from './context.ts';
import { endingWith } from './endingWith.ts';
import { followedOne } from './followedOne.ts';
import { webhookById } from './rows.ts';
import { idArgument } from './scopeArgs.ts';
import { Webhook } from './webhook.ts';

/** A count that reads up to 10,000 rows. */
const countCost = 25;

builder.prismaObjectFields(Webhook, (t) => ({
  pausedAt: t.expose('pausedAt', {
    type: 'DateTime',
    nullable: true,
    description: 'Since when its deliveries are held. Null where it is not paused; also set while it resumes.',
  }),
  pauseReason: t.exposeString('pauseReason', { nullable: true, description: 'Why it was paused.' }),
  resumingAt: t.expose('resumingAt', {
    type: 'DateTime',
    nullable: true,
    description:
      'Since when it resumes: what it holds is sent, and new deliveries wait behind that. Null where it does not.',
  }),
  heldCount: t.field({
    type: 'Int',
    complexity: countCost,
    description: `Deliveries that it holds. Counted up to ${maxCounted}, which means so many or more.`,
    select: { id: true },
    resolve: async ({ id }, _args, context) => {
      const load = await context.loaders.once<Loader<number>>('held', async () =>
        batched((ids) => prismaOf(context).$queryRawUnsafe<{ id: string; value: number }[]>(heldCounts, ids)),
      );
      return (await load(id)) ?? 0;
    },
  }),
}));

const payloadOf = (name: string, description: string) =>
  builder.objectRef<{ webhookId: string }>(name).implement({
    description,
    fields: (t) => ({
      webhook: t.prismaField({
        type: Webhook,
        description: 'The webhook.',
        resolve: (query, { webhookId }, _args, context) => webhookById(query, webhookId, context),
      }),
    }),
  });

const PauseWebhookPayload = payloadOf('PauseWebhookPayload', 'A webhook that was paused.');
const ResumeWebhookPayload = payloadOf('ResumeWebhookPayload', 'A webhook that was resumed.');

const PauseWebhookInput = builder.inputType('PauseWebhookInput', {
  description: 'The webhook to pause.',
  fields: (t) => ({
    webhookId: t.id({ required: true, description: 'The webhook to pause.' }),
    reason: t.string({ description: 'Why, for those who see it paused.' }),
  }),
});

const ResumeWebhookInput = builder.inputType('ResumeWebhookInput', {
  description: 'The webhook to resume.',
  fields: (t) => ({ webhookId: t.id({ required: true, description: 'The webhook to resume.' }) }),
});

builder.mutationFields((t) => ({
  pauseWebhook: t.field({
    complexity: mutationCost,
    type: PauseWebhookPayload,
    description:
      'Holds a webhook’s deliveries, new ones and those that wait, until it is resumed. Nothing expires meanwhile. It stays active, and its health stays as it is; tests are still sent. If it was resuming, that ends. If it is paused already, nothing changes.',
    args: { input: t.arg({ type: PauseWebhookInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.webhookId, 'webhook', 'input.webhookId');
      await services.pause.pause(principal, webhookId, input.reason ?? null);
      return { webhookId };
    },
  }),
  resumeWebhook: t.field({
    complexity: mutationCost,
    type: ResumeWebhookPayload,
    description:
      'Sends what a paused webhook holds, in the order of the events and at the pace of the receiver; events published meanwhile come after. When nothing is held any more, the webhook is no longer paused. If it is not paused or resumes already, nothing changes.',
    args: { input: t.arg({ type: ResumeWebhookInput, required: true }) },
    resolve: async (_root, { input }, { principal, services }) => {
      const webhookId = idArgument(input.webhookId, 'webhook', 'input.webhookId');
      await services.pause.resume(principal, webhookId);
      return { webhookId };
    },
  }),
}));

async function visibleWebhook(context: Context, id: string) {
  const where = { AND: [visible(context.principal, 'WEBHOOK_READ'), { id, deletedAt: null }] };
  const webhook = await prismaOf(context).webhook.findFirst({ where });
  if (!webhook) throw notFound('webhook', 'webhookId');
  return webhook;
}

builder.subscriptionFields((t) => ({
  resumeProgress: t.field({
    type: Webhook,
    description:
      'A webhook as it resumes: its present state, and each time that it holds less, until it holds nothing or is paused again. Ask for `heldCount`, `resumingAt` and `pauseReason`.',
    authScopes: { permission: 'WEBHOOK_READ' },
    args: { webhookId: t.arg.id({ required: true, description: 'The webhook.' }) },
    subscribe: async (_root, args, context) => {
      const { id, organizationId } = await visibleWebhook(context, idArgument(args.webhookId, 'webhook', 'webhookId'));
      const ending = new AbortController();
      return endingWith(context.services.resumeProgress({ id, organizationId }, ending.signal), ending);
    },
    resolve: (id, _args, context) => {
      requireSomewhere(context.principal, 'WEBHOOK_READ');
      return followedOne(visibleWebhook(context, id));
    },
  }),
}));

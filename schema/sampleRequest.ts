import { profileOf } from '../core/profiles/registry.ts';
import { type SampleRequest as Sample, sampleRequest } from '../core/webhooks/sampleRequest.ts';
import { builder } from './builder.ts';
import { textsOf } from './eventType.ts';
import { HttpRequest, requestCost } from './httpRequest.ts';
import { Webhook } from './webhook.ts';

const SampleRequest = builder.objectRef<Sample>('SampleRequest').implement({
  description:
    'What a webhook’s requests look like: ids, time and signature are made up for it, so that no receiver takes it for a delivery.',
  fields: (t) => ({
    eventType: t.exposeString('eventType', { description: 'The type of its event.' }),
    request: t.field({
      type: HttpRequest,
      description: 'The request. The values of the webhook’s own headers are hidden.',
      resolve: ({ request }) => request,
    }),
    secret: t.exposeString('secret', {
      nullable: true,
      description:
        'The secret that signs the sample, made for it alone: a receiver’s verification can be tried with it. Null where the profile has none.',
    }),
  }),
});

builder.prismaObjectFields(Webhook, (t) => ({
  sampleRequest: t.field({
    type: SampleRequest,
    description: 'What its requests look like, with the example of an event type as data. Nothing is sent.',
    authScopes: { permission: 'WEBHOOK_READ' },
    complexity: { field: requestCost, multiplier: 1 },
    args: {
      eventType: t.arg.string({
        description:
          'The name of a type in its project or organization; where the type has no example, its data is empty. Default: the test event of its profile.',
      }),
    },
    select: { id: true, organizationId: true, projectId: true, url: true, profile: true },
    resolve: async (webhook, { eventType }, context) => {
      const { loaders, services, principal } = context;
      const sealed = await loaders.webhookHeaders(webhook.id);
      const headers = services.webhooks.shownHeaders(webhook.id, sealed);
      const { id, organizationId, projectId, url } = webhook;
      const sampled = { id, organizationId, projectId, url, headers };
      const profile = profileOf(webhook.profile);
      if (eventType == null) return sampleRequest(profile, sampled, null);
      const type = await services.eventTypes.one(principal, {
        id: eventType,
        scope: async () => ({ organizationId, projectId }),
        field: 'eventType',
      });
      const { example } = await textsOf(type, context);
      return sampleRequest(profile, sampled, { type: type.name, data: example ?? '{}' });
    },
  }),
}));

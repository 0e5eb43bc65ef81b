import type { SentRequest } from '../core/deliveries/sentRequest.ts';
import { builder } from './builder.ts';
import { bodyCost } from './connection.ts';
import { Header } from './header.ts';

/** Made again from the event and the profile, row by row: a page of them costs accordingly. */
export const requestCost = 10;

export const HttpRequest = builder.objectRef<SentRequest>('HttpRequest').implement({
  description:
    'A request as it left. The values of the webhook’s own headers are hidden, and so is a URL that is a credential. ' +
    'What is not known any more is null.',
  fields: (t) => ({
    method: t.exposeString('method'),
    url: t.exposeString('url', { nullable: true }),
    headers: t.field({
      type: [Header],
      nullable: true,
      description: 'All of them, in the order in which they left, those that HTTP needs included.',
      resolve: ({ headers }) => headers?.map(([name, value]) => ({ name, value })) ?? null,
    }),
    body: t.exposeString('body', { nullable: true, complexity: bodyCost }),
  }),
});

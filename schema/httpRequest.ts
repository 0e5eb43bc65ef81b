import type { SentRequest } from '../core/deliveries/sentRequest.ts';
import { builder } from './builder.ts';
import { bodyCost } from './connection.ts';
import { Header } from './header.ts';

/** Requests are rebuilt from the event and the profile, row by row, so a page of them costs more. */
export const requestCost = 10;

export const HttpRequest = builder.objectRef<SentRequest>('HttpRequest').implement({
  description:
    'A request as it was sent. The values of the webhook’s own headers are hidden, and so is a URL that is a credential. ' +
    'Parts that are no longer known are null.',
  fields: (t) => ({
    method: t.exposeString('method', { description: 'The HTTP method, such as POST.' }),
    url: t.exposeString('url', {
      description: 'Where it was sent, as its webhook’s URL was then; null where it is no longer known.',
      nullable: true,
    }),
    headers: t.field({
      type: [Header],
      nullable: true,
      description:
        'All headers in the order sent, with those that HTTP itself needs and the `traceparent` of its attempt, where it carried one (0.2.0 kept none).',
      resolve: ({ headers }) => headers?.map(([name, value]) => ({ name, value })) ?? null,
    }),
    body: t.exposeString('body', {
      description: 'The bytes that were sent, as text; null where they are no longer known.',
      nullable: true,
      complexity: bodyCost,
    }),
  }),
});

import { builder } from './builder.ts';
import { responseBodyCost } from './connection.ts';
import { AttemptOutcome } from './enums.ts';
import { Header } from './header.ts';

builder.prismaObject('Attempt', {
  description: 'One HTTP exchange of a delivery.',
  select: { deliveryId: true, number: true },
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'From 1 on.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime' }),
    duration: t.field({ type: 'Duration', select: { durationMs: true }, resolve: (attempt) => attempt.durationMs }),
    outcome: t.expose('outcome', { type: AttemptOutcome }),
    responseCode: t.exposeInt('responseCode', { nullable: true }),
    responseHeaders: t.field({
      type: [Header],
      nullable: true,
      select: { responseHeaders: true },
      resolve: ({ responseHeaders }) =>
        (responseHeaders as [string, string][] | null)?.map(([name, value]) => ({ name, value })) ?? null,
    }),
    responseBody: t.exposeString('responseBody', {
      nullable: true,
      complexity: responseBodyCost,
      description: 'At most 64 KiB of it.',
    }),
    responseTruncated: t.exposeBoolean('responseTruncated', { description: 'Whether the response was longer.' }),
    error: t.exposeString('error', { nullable: true }),
  }),
});

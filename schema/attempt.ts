import { parseJson } from '../core/json/parseJson.ts';
import { builder } from './builder.ts';
import { responseBodyCost, responseHeadersCost } from './connection.ts';
import { AttemptOutcome } from './enums.ts';
import { Header } from './header.ts';
import { HttpRequest, requestCost } from './httpRequest.ts';
import { attemptKey } from './loaders.ts';

builder.prismaObject('Attempt', {
  description: 'One HTTP exchange of a delivery.',
  select: { deliveryId: true, number: true },
  fields: (t) => ({
    number: t.exposeInt('number', { description: 'From 1 on.' }),
    startedAt: t.expose('startedAt', { description: 'When it began.', type: 'DateTime' }),
    duration: t.field({
      description: 'From the beginning of the attempt to the end of the answer, or of the wait for it.',
      type: 'Duration',
      select: { durationMs: true },
      resolve: (attempt) => attempt.durationMs,
    }),
    outcome: t.expose('outcome', { description: 'How it ended.', type: AttemptOutcome }),
    request: t.field({
      type: HttpRequest,
      nullable: true,
      description: 'Null where no request was sent: the receiver was not reached.',
      complexity: requestCost,
      resolve: (attempt, _args, { loaders }) => loaders.request(attemptKey(attempt)),
    }),
    responseCode: t.exposeInt('responseCode', {
      description: 'The HTTP status of the answer; null where none came.',
      nullable: true,
    }),
    responseHeaders: t.field({
      description: 'The headers of the answer, in the order received; null where none came.',
      type: [Header],
      nullable: true,
      complexity: { field: responseHeadersCost },
      resolve: async (attempt, _args, { loaders }) => {
        const headers = (await loaders.responseTexts(attemptKey(attempt)))?.headers ?? null;
        return headers === null
          ? null
          : (parseJson(headers) as [string, string][]).map(([name, value]) => ({ name, value }));
      },
    }),
    responseBody: t.string({
      nullable: true,
      complexity: responseBodyCost,
      description: 'At most its first 64 KiB.',
      resolve: async (attempt, _args, { loaders }) => (await loaders.responseTexts(attemptKey(attempt)))?.body ?? null,
    }),
    responseTruncated: t.exposeBoolean('responseTruncated', { description: 'Whether the response was longer.' }),
    error: t.exposeString('error', { description: 'What went wrong, in words; null for a success.', nullable: true }),
  }),
});

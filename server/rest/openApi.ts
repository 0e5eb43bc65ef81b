import { tasks } from '../profiles/tasks.ts';
import { version } from '../version.ts';
import { parameters, schemas } from './openApiSchemas.ts';

/** What `/v1/openapi.json` answers: OpenAPI 3.1 of this API, and of the requests that its webhooks get. */

const json = (schema: object, example?: unknown) => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});
const named = (name: keyof typeof schemas) => ({ $ref: `#/components/schemas/${name}` });
const parameter = (name: keyof typeof parameters) => ({ $ref: `#/components/parameters/${name}` });
const problem = (description: string, headers?: object) => ({
  description,
  ...(headers ? { headers } : {}),
  content: { 'application/problem+json': { schema: named('Problem') } },
});
const problems = (...statuses: (keyof typeof responses)[]) =>
  Object.fromEntries(statuses.map((status) => [status.slice(1), { $ref: `#/components/responses/${status}` }]));
const retryAfter = {
  'Retry-After': { description: 'Seconds to wait.', required: true, schema: { type: 'integer', minimum: 1 } },
};

const responses = {
  _400: problem('The request is not valid; "field" names the argument at fault.'),
  _401: problem('No valid API key was sent.'),
  _403: problem('The key may not do this.'),
  _404: problem('There is no such thing, or the key may not see it.'),
  _405: problem('The method is not served here; "Allow" tells which are.', {
    Allow: { description: 'What is served.', required: true, schema: { type: 'string' } },
  }),
  _409: problem('In conflict with what is there.'),
  _413: problem('The body is too long.'),
  _415: problem('The body is not JSON in UTF-8.'),
  _429: problem('Too many requests.', retryAfter),
  _503: problem('Not available now.', retryAfter),
} as const;

const always = ['_401', '_403', '_405', '_429', '_503'] as const;
const withBody = ['_400', '_409', '_413', '_415'] as const;

const webhook = { description: 'The webhook.', content: json(named('Webhook')) };

export const openApi = {
  openapi: '3.1.0',
  info: {
    title: 'Everhook task API',
    version,
    description:
      'Webhooks of the TASKS profile. A key of a project works on that project. A key of a whole organization names the project with "project_id", or leaves it out for webhooks that get the events of every project.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ apiKey: [] }],
  tags: [{ name: 'webhooks', description: 'Where events go.' }],
  paths: {
    '/v1/webhooks': {
      get: {
        operationId: 'listWebhooks',
        summary: 'Lists webhooks, the newest first',
        tags: ['webhooks'],
        parameters: [parameter('project_id'), parameter('limit'), parameter('cursor')],
        responses: {
          200: { description: 'A page of webhooks.', content: json(named('WebhookPage')) },
          ...problems('_400', '_404', ...always),
        },
      },
      post: {
        operationId: 'createWebhook',
        summary: 'Makes a webhook',
        tags: ['webhooks'],
        requestBody: {
          required: true,
          content: json(named('NewWebhook'), {
            url: 'https://your-server.com/webhooks',
            events: ['task.created', 'task.updated'],
          }),
        },
        responses: {
          201: {
            description: 'The webhook, with its secret, which is never shown again.',
            headers: { Location: { description: 'Its path.', required: true, schema: { type: 'string' } } },
            content: json(named('CreatedWebhook')),
          },
          ...problems('_404', ...withBody, ...always),
        },
      },
    },
    '/v1/webhooks/{id}': {
      parameters: [parameter('id')],
      get: {
        operationId: 'readWebhook',
        summary: 'Shows a webhook',
        tags: ['webhooks'],
        responses: { 200: webhook, ...problems('_400', '_404', ...always) },
      },
      patch: {
        operationId: 'updateWebhook',
        summary: 'Changes what is named, and leaves the rest',
        tags: ['webhooks'],
        requestBody: { required: true, content: json(named('WebhookChanges'), { active: false }) },
        responses: { 200: webhook, ...problems('_404', ...withBody, ...always) },
      },
      delete: {
        operationId: 'deleteWebhook',
        summary: 'Deletes a webhook; its deliveries end',
        tags: ['webhooks'],
        responses: { 204: { description: 'Deleted.' }, ...problems('_404', ...always) },
      },
    },
    '/v1/webhooks/{id}/test': {
      parameters: [parameter('id')],
      post: {
        operationId: 'testWebhook',
        summary: 'Sends a test event, also to a webhook that is disabled or switched off; it counts nowhere',
        tags: ['webhooks'],
        responses: {
          202: { description: 'The delivery, which is under way.', content: json(named('TestDelivery')) },
          ...problems('_400', '_404', ...always),
        },
      },
    },
    '/v1/webhooks/{id}/enable': {
      parameters: [parameter('id')],
      post: {
        operationId: 'enableWebhook',
        summary: 'Puts a webhook back to work that its failures disabled, or that was switched off',
        tags: ['webhooks'],
        responses: { 200: webhook, ...problems('_400', '_404', '_409', ...always) },
      },
    },
    '/v1/webhooks/{id}/deliveries': {
      parameters: [parameter('id')],
      get: {
        operationId: 'listDeliveries',
        summary: 'Lists deliveries of a webhook, the newest first',
        tags: ['webhooks'],
        parameters: [parameter('limit'), parameter('cursor')],
        responses: {
          200: { description: 'A page of deliveries.', content: json(named('DeliveryPage')) },
          ...problems('_400', '_404', ...always),
        },
      },
    },
  },
  webhooks: Object.fromEntries(tasks.catalogue.map((type) => [type.name, received(type)])),
  components: {
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
    parameters,
    responses,
    schemas,
  },
};

/** The request that a receiver gets for an event of this type. */
function received({ name, description, schema, example }: (typeof tasks.catalogue)[number]) {
  const { $schema: _, ...data } = schema as { $schema?: string };
  return {
    post: {
      operationId: `receive_${name.replace('.', '_')}`,
      summary: description,
      security: [],
      parameters: [
        parameter('X-Webhook-Signature'),
        parameter('X-Webhook-ID'),
        parameter('X-Webhook-Timestamp'),
        parameter('X-Webhook-Delivery'),
      ],
      requestBody: {
        required: true,
        content: json(
          {
            type: 'object',
            properties: {
              event: { const: name },
              timestamp: { type: 'string', format: 'date-time' },
              webhook_id: { type: 'string', format: 'uuid' },
              data,
            },
            required: ['event', 'timestamp', 'webhook_id', 'data'],
          },
          {
            event: name,
            timestamp: '2026-10-14T10:30:00Z',
            webhook_id: '019a5b2e-7c1d-7e52-9f3a-5d2f0c8b6a11',
            data: example,
          },
        ),
      },
      responses: { '2XX': { description: 'Received. Anything else is tried again.' } },
    },
  };
}

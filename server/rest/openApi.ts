import { z } from 'zod';
import { version } from '../../core/ground/version.ts';
import { tasks } from '../../core/profiles/tasks.ts';
import { type Operation, operations } from './operations.ts';
import { shapes } from './shapes.ts';

/** The document at `/v1/openapi.json`: OpenAPI 3.1 of this API and of the requests that its webhooks get. */

type JsonSchema = Record<string, unknown>;

const text = { type: 'string' };
const reference = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/** Schemas by the shapes' names. A shape within another is referred to by its name. */
function schemasOf(named: Readonly<Record<string, z.ZodType>>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(named)) registry.add(shape, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => reference('schemas', id).$ref });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

const json = (schema: object) => ({ 'application/json': { schema } });
const headers = (described: Readonly<Record<string, string>>, schema: object = text) =>
  Object.fromEntries(
    Object.entries(described).map(([name, description]) => [name, { description, required: true, schema }]),
  );
const problem = (description: string, answered: object = {}) => ({
  description,
  ...answered,
  content: { 'application/problem+json': { schema: reference('schemas', 'Problem') } },
});
const retryAfter = { headers: headers({ 'Retry-After': 'Seconds to wait.' }, { type: 'integer', minimum: 1 }) };

const responses = {
  _400: problem('The request is not valid; "field" names the argument at fault.'),
  _401: problem('No valid API key was sent.'),
  _403: problem('The key may not do this.'),
  _404: problem('It does not exist, or the key may not see it.'),
  _405: problem('The method is not served here; "Allow" lists those that are.', {
    headers: headers({ Allow: 'What is served.' }),
  }),
  _409: problem('It conflicts with the current state.'),
  _413: problem('The body is too long.'),
  _415: problem('The body is not JSON in UTF-8.'),
  _429: problem('Too many requests, or too many unread answers.', retryAfter),
  _500: problem('A failure here. The log has it by the id of "X-Request-Id".'),
  _503: problem('Not available now.', retryAfter),
};

/** Refusals that every operation may give, 413 and 415 for a body where none is to be; what changes something has one more. */
const always = ['_400', '_401', '_403', '_404', '_405', '_413', '_415', '_429', '_500', '_503'];
const changing = ['_409'];

function parametersOf(query: z.ZodType): object[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' }) as { properties?: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    description,
    schema,
  }));
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Within 24 hours, the same key with the same request means the same action: its answer is given again, and nothing is done twice. With another request it is refused with 409.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function described(operationId: string, { method, path, summary, query, body, answer }: Operation): object {
  const known = Object.entries(shapes).find(([, shape]) => shape === body);
  const parameters = parametersOf(query);
  if (path.includes(':id'))
    parameters.push({
      name: 'id',
      in: 'path',
      required: true,
      description: 'The webhook’s id or its external id.',
      schema: text,
    });
  if (method === 'POST') parameters.push(idempotencyKey);
  const problems = [...always, ...(method === 'GET' ? [] : changing)].sort();
  return {
    operationId,
    summary,
    tags: [path.split('/')[0]],
    parameters,
    ...(known && { requestBody: { required: true, content: json(reference('schemas', known[0])) } }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.headers && { headers: headers(answer.headers) }),
        ...(answer.shape && { content: json(reference('schemas', answer.shape)) }),
      },
      ...Object.fromEntries(problems.map((name) => [name.slice(1), reference('responses', name)])),
    },
  };
}

const paths: Record<string, Record<string, object>> = {};
for (const [operationId, operation] of Object.entries<Operation>(operations)) {
  const path = `/v1/${operation.path.replace(':id', '{id}')}`;
  paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operationId, operation) };
}

const sentHeaders = {
  'X-Webhook-Signature': '"sha256=" and the HMAC-SHA256 of the body in hex.',
  'X-Webhook-ID': 'The webhook’s id.',
  'X-Webhook-Timestamp': 'When it was sent, in seconds since 1970.',
  'X-Webhook-Delivery': 'The event’s id: the same over retries and replays.',
};

/** The request that a receiver gets for an event of this type. */
function received({ name, description, schema, example }: (typeof tasks.catalogue)[number]) {
  const { $schema: _, ...data } = schema as { $schema?: string };
  return {
    post: {
      operationId: `receive_${name.replace('.', '_')}`,
      summary: description,
      security: [],
      parameters: Object.entries(headers(sentHeaders)).map(([header, rest]) => ({
        name: header,
        in: 'header',
        ...rest,
      })),
      requestBody: {
        required: true,
        content: json({
          type: 'object',
          properties: {
            event: { const: name },
            timestamp: { type: 'string', format: 'date-time' },
            webhook_id: { type: 'string', format: 'uuid' },
            data,
          },
          required: ['event', 'timestamp', 'webhook_id', 'data'],
          examples: [
            {
              event: name,
              timestamp: '2026-10-14T10:30:00Z',
              webhook_id: '019a5b2e-7c1d-7e52-9f3a-5d2f0c8b6a11',
              data: example,
            },
          ],
        }),
      },
      responses: { '2XX': { description: 'Received. Anything else is tried again.' } },
    },
  };
}

export const openApi = {
  openapi: '3.1.0',
  info: {
    title: 'Everhook REST API',
    version,
    description:
      'Events of every profile are published here. Webhooks are those of the TASKS profile. A key of a project works on that project. A key of a whole organization names the project with "project_id", or leaves it out for webhooks that get the events of every project.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ apiKey: [] }],
  tags: [
    { name: 'events', description: 'What happened.' },
    { name: 'webhooks', description: 'Where events go.' },
  ],
  paths,
  webhooks: Object.fromEntries(tasks.catalogue.map((type) => [type.name, received(type)])),
  components: {
    securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
    responses,
    schemas: schemasOf(shapes),
  },
};

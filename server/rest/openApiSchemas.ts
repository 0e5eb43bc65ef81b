/** The reusable parts of the OpenAPI description. */

const text = { type: 'string' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const timeOrNull = { type: ['string', 'null'], format: 'date-time' } as const;
const id = { type: 'string', format: 'uuid' } as const;
const url = {
  type: 'string',
  format: 'uri',
  maxLength: 2048,
  description: 'Public, https, without user name, password and fragment.',
} as const;
const events = {
  type: 'array',
  items: text,
  maxItems: 500,
  description: 'Which types of events it gets. Empty, or left out: all, those added later included.',
} as const;
const name = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'The host of its URL, where left out.',
} as const;
const description = { type: ['string', 'null'], maxLength: 2000 } as const;

const delivery = {
  id,
  event: text,
  timestamp: time,
  status: { enum: ['success', 'failed', 'pending'] },
  response_code: { type: ['integer', 'null'], minimum: 100, maximum: 599, description: 'Of the last attempt.' },
  response_time_ms: { type: ['integer', 'null'], minimum: 0, description: 'Of the last attempt.' },
} as const;

const webhook = {
  id,
  project_id: { type: ['string', 'null'], format: 'uuid', description: 'Null: it gets the events of every project.' },
  name: text,
  description: { type: ['string', 'null'] },
  url: text,
  events: { type: 'array', items: text, description: 'Empty: all.' },
  active: { type: 'boolean', description: 'What people switch.' },
  health: {
    enum: ['healthy', 'degraded', 'disabled'],
    description: 'What failures make of it. A disabled one gets nothing until it is enabled.',
  },
  health_reason: { type: ['string', 'null'] },
  consecutive_failures: { type: 'integer', minimum: 0 },
  last_dispatched_at: timeOrNull,
  last_success_at: timeOrNull,
  last_failure_at: timeOrNull,
  created_at: time,
} as const;

const object = (properties: Readonly<Record<string, object>>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const page = (entry: string) =>
  object({
    data: { type: 'array', items: { $ref: `#/components/schemas/${entry}` }, maxItems: 100 },
    next_cursor: { type: ['string', 'null'], description: 'For "cursor" of the next page. Null on the last one.' },
  });

const input = { url, events, name, description };

export const schemas = {
  NewWebhook: object(
    {
      ...input,
      secret: { type: 'string', minLength: 16, maxLength: 256, description: 'Made here, where left out.' },
      project_id: { ...id, description: 'The key’s own project, where left out, or the whole organization.' },
    },
    ['url'],
  ),
  WebhookChanges: object({ ...input, active: { type: 'boolean' } }, []),
  Webhook: object(webhook),
  CreatedWebhook: object({ ...webhook, secret: { type: 'string', description: 'Shown here and never again.' } }),
  WebhookPage: page('Webhook'),
  Delivery: object(delivery),
  TestDelivery: object(
    {
      ...delivery,
      note: { type: 'string', description: 'Where the webhook gets nothing but tests: what changes that.' },
    },
    Object.keys(delivery),
  ),
  DeliveryPage: page('Delivery'),
  Problem: {
    ...object(
      {
        type: { type: 'string', format: 'uri-reference' },
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: text,
        code: { type: 'string', description: 'The code that GraphQL has for it.' },
        field: { type: 'string', description: 'The argument at fault.' },
        permission: { type: 'string', description: 'The permission that the key lacks.' },
      },
      ['type', 'title', 'status', 'detail', 'code'],
    ),
    description: 'RFC 9457.',
  },
} as const;

const query = (name: string, schema: object, description: string) => ({ name, in: 'query', schema, description });
const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  schema: text,
  description,
});

export const parameters = {
  id: { name: 'id', in: 'path', required: true, schema: text, description: 'The webhook’s id.' },
  project_id: query('project_id', id, 'Those of one project alone.'),
  limit: query('limit', { type: 'integer', minimum: 1, maximum: 100, default: 20 }, 'Longest page.'),
  cursor: query('cursor', text, '"next_cursor" of the page before.'),
  'X-Webhook-Signature': header('X-Webhook-Signature', '"sha256=" and the HMAC-SHA256 of the body in hex.'),
  'X-Webhook-ID': header('X-Webhook-ID', 'The webhook’s id.'),
  'X-Webhook-Timestamp': header('X-Webhook-Timestamp', 'When it was sent, in seconds since 1970.'),
  'X-Webhook-Delivery': header('X-Webhook-Delivery', 'The event’s id: the same over retries and replays.'),
} as const;

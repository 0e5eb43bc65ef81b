import { z } from 'zod';
import { dateTimeHint, readDateTime } from '../../core/ground/dateTime.ts';
import { parseId } from '../../core/ground/parseId.ts';
import { isObject } from '../../core/json/isObject.ts';

/** The API's inputs and outputs: each shape once, for validation, for types and for the OpenAPI description. */

/** The error for a value of another type: `"url" is a string.` */
const is = (kind: string) => ({
  error: ({ path }: { readonly path?: readonly PropertyKey[] | undefined }) => `"${String(path?.[0])}" is ${kind}.`,
});

/** An object with these members only; others are refused, because their sender expects them to have an effect. */
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape)
    .map((name) => `"${name}"`)
    .join(', ');
  const unknown = names === '' ? 'Leave this out.' : `There is no such member. Known are ${names}.`;
  const other = `Send a JSON object${names === '' ? '' : ` with ${names}`}.`;
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? unknown : other) });
}

const isText = (value: unknown): value is string => typeof value === 'string';
const text = z.string(is('a string'));
const texts = z.array(z.string(is('a list of strings')), is('a list of strings'));
const textOrNull = z.string(is('a string or null')).nullable();
const uuid = text.meta({ format: 'uuid' });
const time = text.meta({ format: 'date-time' });
const timeOrNull = textOrNull.meta({ format: 'date-time' });

/** Lengths and formats are described here. They are checked with the other rules of webhooks, as for GraphQL. */
const url = z
  .string({
    error: (issue) =>
      issue.input === undefined ? 'Give the URL that shall receive events.' : is('a string').error(issue),
  })
  .meta({
    format: 'uri',
    maxLength: 2048,
    description: 'Public, https, without user name, password and fragment.',
  });
const changeable = {
  url: url.optional(),
  events: texts.optional().meta({
    maxItems: 500,
    description: 'The event types that it gets. Empty, or left out: all, including those added later.',
  }),
  name: text.optional().meta({ minLength: 1, maxLength: 200, description: 'By default the host of its URL.' }),
  description: textOrNull.optional().meta({ maxLength: 2000 }),
};

const webhook = object({
  id: uuid,
  project_id: textOrNull.meta({ format: 'uuid', description: 'Null: it gets the events of every project.' }),
  name: text,
  description: textOrNull,
  url: text,
  events: texts.meta({ description: 'Empty: all.' }),
  active: z.boolean().meta({ description: 'Switched on and off by people.' }),
  health: z.enum(['healthy', 'degraded', 'disabled']).meta({
    description: 'Set by failures. A disabled webhook gets nothing until it is enabled.',
  }),
  health_reason: textOrNull,
  consecutive_failures: z.int().min(0),
  last_dispatched_at: timeOrNull,
  last_success_at: timeOrNull,
  last_failure_at: timeOrNull,
  created_at: time,
});

const delivery = object({
  id: uuid,
  event: text,
  timestamp: time,
  status: z.enum(['success', 'failed', 'pending']),
  response_code: z.int().min(100).max(999).nullable().meta({ description: 'Of the last attempt.' }),
  response_time_ms: z.int().min(0).nullable().meta({ description: 'Of the last attempt.' }),
});

const page = <Entry extends z.ZodType>(entry: Entry) =>
  object({
    data: z.array(entry).max(100),
    next_cursor: textOrNull.meta({ description: 'Give it as "cursor" to get the next page. Null on the last page.' }),
  });

/** Any JSON value; its text is kept beside it. */
const json = z.unknown();
/** An object as its keys and values: a record would lose the key `__proto__` without a word. */
const labels = json
  .refine((value): value is Record<string, string> => isObject(value) && Object.values(value).every(isText), {
    error: is('an object of strings').error,
  })
  .transform((value) => Object.entries(value).map(([key, text]) => ({ key, value: text })))
  .meta({ type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } });
const event = {
  type: z
    .string({
      error: (issue) => (issue.input === undefined ? 'Give the type of the event.' : is('a string').error(issue)),
    })
    .meta({ description: '`resource.action`: one of the event types of the project or the organization.' }),
  data: json
    .refine((data) => data != null, 'Give the data of the event.')
    .meta({
      description: 'Any JSON value but null, by the schema of the type. Key order and the text of numbers are kept.',
    }),
  previous: json
    .optional()
    .meta({ description: 'The state before the change, for profiles that send the difference.' }),
  occurredAt: textOrNull
    .refine((time) => time === null || readDateTime(time) !== null, dateTimeHint)
    .optional()
    .meta({ format: 'date-time', description: 'By default now.' }),
  idempotencyKey: textOrNull.optional().meta({
    minLength: 1,
    maxLength: 255,
    description: 'Within 24 hours, the same key means the same event: it is answered again and not published twice.',
  }),
  labels: labels
    .optional()
    .meta({ description: 'Up to 10 keys and values to find the event by. Receivers do not see them.' }),
  traceparent: textOrNull.optional().meta({
    description:
      'The event’s place in your trace, as W3C Trace Context writes it; a malformed one is ignored. By default that of the header `traceparent`.',
  }),
};
const newEvent = object(event);
const newEventIn = object({
  ...event,
  projectId: text.optional().meta({
    description: 'Its id or its external id. By default the key’s own project, or its whole organization.',
  }),
  organizationId: text
    .optional()
    .meta({ description: 'Its id or its external id, for events of the whole organization.' }),
}).meta({ examples: [{ type: 'order.paid', data: { id: 'o_1', total: '49.00' }, labels: { customer: 'c_42' } }] });

/** An event as its publisher writes it in a list. */
export type NewEvent = z.output<typeof newEvent>;
/** An event as its publisher writes it alone: it may name where it happened. */
export type NewEventIn = z.output<typeof newEventIn>;

export const shapes = {
  NewEvents: z.union([newEventIn, z.array(newEvent).meta({ minItems: 1, maxItems: 100 })]),
  PublishedEvents: object({
    events: z
      .array(object({ id: uuid, type: text, occurredAt: time, createdAt: time }))
      .meta({ description: 'In the order of the request.' }),
  }),
  NewWebhook: object({
    ...changeable,
    url,
    secret: text.optional().meta({ minLength: 16, maxLength: 256, description: 'By default a new random one.' }),
    active: z
      .boolean(is('true or false'))
      .optional()
      .meta({ description: 'False: it is made switched off, and gets nothing until it is switched on.' }),
    project_id: text.optional().meta({
      description: 'Its id or external id. By default the key’s own project, or the whole organization.',
    }),
  }).meta({
    examples: [{ url: 'https://your-server.com/webhooks', events: ['task.created', 'task.updated'] }],
  }),
  WebhookChanges: object({ ...changeable, active: z.boolean(is('true or false')).optional() }).meta({
    examples: [{ active: false }],
  }),
  Webhook: webhook,
  CreatedWebhook: webhook.extend({ secret: text.meta({ description: 'Shown here and never again.' }) }),
  WebhookPage: page(webhook),
  Delivery: delivery,
  TestDelivery: delivery.extend({
    note: text.optional().meta({ description: 'If the webhook gets nothing but tests: how to change that.' }),
  }),
  DeliveryPage: page(delivery),
  Problem: object({
    type: text.meta({ format: 'uri-reference' }),
    title: text,
    status: z.int().min(400).max(599),
    detail: text,
    code: text.meta({ description: 'The same code as in GraphQL.' }),
    field: text.optional().meta({ description: 'The argument at fault.' }),
    permission: text.optional().meta({ description: 'The permission that the key lacks.' }),
    requestId: text.optional().meta({ description: 'The id of the request, also in the header X-Request-Id.' }),
  }).meta({ description: 'RFC 9457.' }),
};

/** A value that is answered, by the name of its shape. */
export type Shown<Name extends keyof typeof shapes> = z.output<(typeof shapes)[Name]>;

/** For an action without input. Some clients send `{}` nevertheless. */
export const nothing = object({}).optional();

const parameter = z.string({ error: ({ path }) => `Give "${String(path?.[0])}" once.` });
const pageLimit = 'A page has 1 to 100 entries.';
/** Parameters of a paged list. */
const listed = {
  limit: parameter
    .refine((digits) => /^\d{1,3}$/.test(digits), pageLimit)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, pageLimit)
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: 100, description: 'Maximum number of entries. By default 20.' }),
  cursor: parameter
    .transform((cursor) => Buffer.from(cursor, 'base64url').toString('latin1'))
    .refine((id) => parseId(id) !== null, 'Give "next_cursor" of the previous page unchanged.')
    .optional()
    .meta({ description: '"next_cursor" of the previous page.' }),
};

export const queries = {
  webhooks: object({
    project_id: parameter.optional().meta({ description: 'Only those of this project, by its id or external id.' }),
    ...listed,
  }),
  deliveries: object({
    ...listed,
    label: z
      .preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(z.string()))
      .optional()
      .meta({
        maxItems: 10,
        description:
          'Only of events that have this label: its key, a colon and its value, such as `customer:c_42`. Given several times: that have all of them. Where these are common and hardly ever occur together, a page may have less than its number of entries, or none: `next_cursor` goes on from there.',
      }),
  }),
  publish: object({
    projectId: parameter
      .optional()
      .meta({ description: 'The id or the external id of the project, if the body names none.' }),
    organizationId: parameter
      .optional()
      .meta({ description: 'The id or the external id of the organization, for events of the whole organization.' }),
  }),
  none: object({}),
};

import { LimitExceededError, ValidationError } from '../errors.ts';
import { newKey } from '../http/newKey.ts';
import { stringify } from '../json/jsonText.ts';
import { nearest } from '../nearest.ts';
import { type TimeInput, timeText } from '../times.ts';
import { activeTraceparent } from './activeTrace.ts';
import { type Labels, labelList } from './labels.ts';

/** An event to publish. */
export interface EventToPublish<Data = unknown, Type extends string = string> {
  /** `resource.action`: one of the scope's event types. */
  readonly type: Type;
  /**
   * Any JSON value that fits the type's schema. Integers beyond ±2^53 and BigInts are refused: send them as text. A `JsonText`
   * is sent as it is written, at any depth.
   */
  readonly data: Data;
  /** The state before the change, for profiles that send the difference. */
  readonly previous?: Data | undefined;
  /** When it happened. @default now, by the server's clock */
  readonly occurredAt?: TimeInput | undefined;
  /**
   * Within 24 hours, the same key means the same event, published once. Give one (1 to 255 characters) where your own process
   * may publish the event again, such as after a crash. @default a random one, which makes the SDK's retries safe
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * Find the event and its deliveries by them: `{ customer: 'c_42' }`. At most 10; a key has 1 to 40 characters out of a–z, 0–9,
   * `_`, `.` and `-`, a value 1 to 200. Receivers do not see them. @default none
   */
  readonly labels?: Labels | undefined;
  /**
   * The event's place in your trace, as W3C Trace Context writes it (`00-…-…-01`). A server that traces continues from there, and
   * ignores a malformed one; null: none. @default that of OpenTelemetry's active span
   */
  readonly traceparent?: string | null | undefined;
}

/** Any events: the default where no catalogue is named. */
// biome-ignore lint/suspicious/noExplicitAny: only so may a client of one catalogue be passed to what takes a client of any
export type AnyEvents = any;

/** An event of a catalogue to publish: what its `data` and `previous` may be follows from its `type`. */
export type EventOf<Catalogue extends object> = string extends keyof Catalogue
  ? EventToPublish
  : { [Type in keyof Catalogue & string]: EventToPublish<Catalogue[Type], Type> }[keyof Catalogue & string];

/** An event as text for a request. */
export interface EventText {
  readonly text: string;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
  readonly idempotencyKey: string;
}

/** The members of an event. */
const members: readonly (keyof EventToPublish)[] = [
  'type',
  'data',
  'previous',
  'occurredAt',
  'idempotencyKey',
  'labels',
  'traceparent',
];
const known: ReadonlySet<string> = new Set(members);

const encoder = new TextEncoder();

export const bytesOf = (text: string): number => encoder.encode(text).byteLength;

/**
 * The event's JSON text.
 *
 * @param path - path of the event in the caller's argument, for errors: `events[3]`, or empty for a single event.
 * @throws ValidationError where JSON cannot represent the event; LimitExceededError over `maxBytes`.
 */
export function eventText(event: EventToPublish, path: string, maxBytes: number): EventText {
  const at = (member: string) => (path ? `${path}.${member}` : member);
  if (typeof event !== 'object' || event === null) {
    throw new ValidationError('An event must be an object with a type and data.', { field: path || 'event' });
  }
  refuseUnknown(event, at);
  if (typeof event.type !== 'string') {
    throw new ValidationError('An event needs its type as text, such as "task.created".', { field: at('type') });
  }
  const idempotencyKey = event.idempotencyKey ?? newKey();
  const parts = [`"type":${JSON.stringify(event.type)}`, `"data":${jsonText(event.data, at('data'))}`];
  if (event.previous !== undefined) parts.push(`"previous":${jsonText(event.previous, at('previous'))}`);
  if (event.occurredAt !== undefined) {
    parts.push(`"occurredAt":${JSON.stringify(timeText(event.occurredAt, at('occurredAt')))}`);
  }
  if (event.labels !== undefined) {
    parts.push(`"labels":${JSON.stringify(labelList(event.labels, at('labels')))}`);
  }
  const traceparent = event.traceparent === undefined ? activeTraceparent() : event.traceparent;
  if (typeof traceparent === 'string') parts.push(`"traceparent":${JSON.stringify(traceparent)}`);
  parts.push(`"idempotencyKey":${JSON.stringify(idempotencyKey)}`);
  const text = `{${parts.join(',')}}`;
  const bytes = bytesOf(text);
  if (bytes > maxBytes) {
    const message = `This event is ${bytes} bytes long as JSON; at most ${maxBytes} fit into a request. Publish a reference to the data instead.`;
    throw new LimitExceededError(message, { field: path || 'data' });
  }
  return { text, bytes, idempotencyKey };
}

/** A misspelt key would otherwise be lost without a word: its value would be missing in the event. */
function refuseUnknown(event: object, at: (member: string) => string): void {
  for (const name of Object.keys(event)) {
    if (known.has(name) || (event as Record<string, unknown>)[name] === undefined) continue;
    const meant = nearest(name, members);
    const advice = meant === null ? `It has ${members.join(', ')}.` : `Did you mean "${meant}"?`;
    throw new ValidationError(`An event has no member called ${JSON.stringify(name.slice(0, 50))}. ${advice}`, {
      field: at(name.slice(0, 50)),
    });
  }
}

/** As JSON, but it refuses values that would change silently. */
function jsonText(value: unknown, path: string): string {
  try {
    const text = stringify(value, refuseLossy) as string | undefined;
    if (text !== undefined) return text;
  } catch (error) {
    // The server has this limit. The error arises here only where JavaScript's own limit is reached first.
    if (error instanceof RangeError) {
      throw new LimitExceededError('JSON may be nested 64 levels deep at most.', { field: path, cause: error });
    }
    throw new ValidationError(
      error instanceof LossyValue
        ? error.message
        : 'This value cannot be JSON: it refers to itself, or cannot be read.',
      { field: error instanceof LossyValue ? (pathTo(value, error.value, path) ?? path) : path, cause: error },
    );
  }
  throw new ValidationError('An event needs a JSON value here; it may be null.', { field: path });
}

class LossyValue extends Error {
  readonly value: unknown;

  constructor(message: string, value: unknown) {
    super(message);
    this.value = value;
  }
}

function refuseLossy(value: unknown): unknown {
  if (typeof value === 'number') {
    // From 1e21 on a number is written with an exponent, and readers do not treat it as an exact integer.
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
      throw new LossyValue('Integers beyond ±2^53 are not exact in JavaScript: send this one as text.', value);
    }
    if (!Number.isFinite(value))
      throw new LossyValue('JSON has no such number: NaN and infinities cannot be sent.', value);
  } else if (typeof value === 'bigint') throw new LossyValue('JSON has no BigInt: send it as text.', value);
  return value;
}

/** The path of the value at fault, searched for only after an error. */
function pathTo(value: unknown, wanted: unknown, path: string): string | null {
  if (Object.is(value, wanted)) return path;
  if (typeof value !== 'object' || value === null) return null;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return pathTo(toJSON.call(value, ''), wanted, path);
  for (const [name, member] of Object.entries(value)) {
    const found = pathTo(member, wanted, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
}

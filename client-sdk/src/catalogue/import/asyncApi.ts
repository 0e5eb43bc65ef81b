import { isObject, pointed } from '../jsonSchema.ts';
import { bundled, type Documents, followed, type Located, placeText, problem, within } from './bundle.ts';
import type { Dialect } from './dialect.ts';
import { type ReadCatalogue, Reading, type ReadType } from './read.ts';

/**
 * The event types of an AsyncAPI 3 document: the messages of its channels and components. A type is named by its message; its schema is that
 * of the payload, also behind `$ref` or with a `schemaFormat`. In documents that Everhook exported, it is that of the payload's `data`.
 *
 * @param document - parsed
 * @param source - its name, for places
 */
export function readAsyncApi(document: unknown, source: string): ReadCatalogue {
  const reading = new Reading();
  if (!isObject(document) || !/^3\./.test(String(document.asyncapi ?? ''))) {
    reading.problem(
      `${source}#/asyncapi`,
      'This is no AsyncAPI 3 document: it begins with "asyncapi": "3.0.0". Convert older ones first.',
    );
    return reading.done();
  }
  const documents: Documents = new Map([[source, document]]);
  const seen = new Set<string>();
  for (const at of messagesOf(document, source)) {
    let message: ReturnType<typeof followed>;
    try {
      message = followed(documents, at);
    } catch (error) {
      reading.take(placeText(at), 'unread', () => {
        throw error;
      });
      continue;
    }
    if (seen.has(placeText(message.at))) continue;
    seen.add(placeText(message.at));
    const { value } = message;
    const key = message.at.pointer.split('/').at(-1) ?? '';
    const name = isObject(value) && typeof value.name === 'string' ? value.name : key;
    reading.take(placeText(message.at), name, () => typeOf(documents, message.at, value));
  }
  if (seen.size === 0)
    reading.problem(source, 'The document has no messages: those of its channels and components become event types.');
  return reading.done();
}

function* messagesOf(document: Record<string, unknown>, source: string): Generator<Located> {
  const { channels, components } = document;
  for (const [name, channel] of Object.entries(isObject(channels) ? channels : {})) {
    if (!isObject(channel) || !isObject(channel.messages)) continue;
    for (const key of Object.keys(channel.messages)) {
      yield { document: source, pointer: pointed('', 'channels', name, 'messages', key) };
    }
  }
  const named = isObject(components) && isObject(components.messages) ? components.messages : {};
  for (const key of Object.keys(named)) yield { document: source, pointer: pointed('', 'components', 'messages', key) };
}

function typeOf(documents: Documents, at: Located, message: unknown): Omit<ReadType, 'name'> {
  if (!isObject(message)) throw problem(at, 'A message is an object.');
  const text = [message.description, message.summary].find((one) => typeof one === 'string' && one !== '');
  const words = { description: (text as string | undefined) ?? null };
  const own = message['x-everhook-type'];
  if (isObject(own)) {
    const schema = bundled(documents, within(at, 'x-everhook-type', 'schema'), '2020-12');
    return { ...words, schema, ...(own.example === undefined ? {} : { example: own.example }) };
  }
  if (message.payload === undefined) throw problem(at, 'The message has no "payload".');
  const payload = followed(documents, within(at, 'payload'));
  const isMultiFormat = isObject(payload.value) && typeof payload.value.schemaFormat === 'string';
  const format = isMultiFormat ? String((payload.value as Record<string, unknown>).schemaFormat) : null;
  const dialect = format === null ? 'draft-07' : dialectOfFormat(format);
  if (dialect === null) {
    throw problem(
      within(payload.at, 'schemaFormat'),
      `Payloads are JSON Schema; this is ${format}. Convert it to JSON Schema.`,
    );
  }
  const schemaAt = isMultiFormat ? within(payload.at, 'schema') : within(at, 'payload');
  const [first] = Array.isArray(message.examples) ? message.examples : [];
  const example = isObject(first) ? first.payload : undefined;
  return {
    ...words,
    schema: bundled(documents, schemaAt, dialect),
    ...(example === undefined ? {} : { example }),
  };
}

/** Null for a format that is no JSON Schema: Avro, Protobuf, RAML. */
function dialectOfFormat(format: string): Dialect | null {
  const [type = '', version = ''] = format.split(/;\s*version=/);
  if (/^application\/vnd\.aai\.asyncapi(\+json|\+yaml)?$/.test(type)) return 'draft-07';
  if (/^application\/schema\+(json|yaml)$/.test(type)) return /20(19|20)/.test(version) ? '2020-12' : 'draft-07';
  if (/^application\/vnd\.oai\.openapi(\+json|\+yaml)?$/.test(type))
    return version.startsWith('3.0') ? 'openapi-3.0' : '2020-12';
  return null;
}

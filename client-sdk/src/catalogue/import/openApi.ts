import { isObject, pointed } from '../jsonSchema.ts';
import { bundled, type Documents, followed, type Located, placeText, problem, within } from './bundle.ts';
import { type ReadCatalogue, Reading, type ReadType } from './read.ts';

/**
 * The event types of an OpenAPI document: its `webhooks` (3.1), or `x-webhooks` (3.0). A type is named by its webhook; its schema is that of
 * the JSON body. In documents that Everhook exported, it is that of the body's `data`.
 *
 * @param document - parsed
 * @param source - its name, for places
 */
export function readOpenApi(document: unknown, source: string): ReadCatalogue {
  const reading = new Reading();
  const documents: Documents = new Map([[source, document]]);
  const version = isObject(document) ? String(document.openapi ?? '') : '';
  if (!/^3\.[01]\./.test(version)) {
    reading.problem(`${source}#/openapi`, 'This is no OpenAPI 3.0 or 3.1 document: it begins with "openapi": "3.1.0".');
    return reading.done();
  }
  const dialect = version.startsWith('3.0') ? 'openapi-3.0' : '2020-12';
  let count = 0;
  for (const keyword of ['webhooks', 'x-webhooks']) {
    const webhooks = (document as Record<string, unknown>)[keyword];
    for (const name of Object.keys(isObject(webhooks) ? webhooks : {})) {
      count++;
      const at = { document: source, pointer: pointed('', keyword, name) };
      reading.take(placeText(at), name, () => typeOf(documents, at, dialect));
    }
  }
  if (count === 0)
    reading.problem(source, 'The document has no "webhooks": only those become event types, not "paths".');
  return reading.done();
}

const methods = ['post', 'put', 'patch', 'get', 'delete'];

function typeOf(documents: Documents, at: Located, dialect: '2020-12' | 'openapi-3.0'): Omit<ReadType, 'name'> {
  const item = followed(documents, at);
  if (!isObject(item.value)) throw problem(item.at, 'A webhook is an object.');
  const { value } = item;
  const method = methods.find((one) => isObject(value[one]));
  if (method === undefined)
    throw problem(item.at, 'The webhook has no operation: it needs "post" with a "requestBody".');
  const operation = value[method] as Record<string, unknown>;
  const operationAt = within(item.at, method);
  const own = operation['x-everhook-type'];
  const description = [operation.description, operation.summary, value.description, value.summary].find(
    (text) => typeof text === 'string' && text !== '',
  ) as string | undefined;
  const words = { description: description ?? null };
  if (isObject(own)) {
    const { example } = own;
    const schema = bundled(documents, within(operationAt, 'x-everhook-type', 'schema'), dialect);
    return { ...words, schema, ...(example === undefined ? {} : { example }) };
  }
  if (operation.requestBody === undefined) throw problem(operationAt, 'The operation has no "requestBody".');
  const body = followed(documents, within(operationAt, 'requestBody'));
  const content = isObject(body.value) && isObject(body.value.content) ? body.value.content : {};
  const media = Object.keys(content).find((type) => /^application\/(.+\+)?json(;|$)/i.test(type));
  if (media === undefined) {
    const has = Object.keys(content).join(', ') || 'nothing';
    throw problem(
      within(body.at, 'content'),
      `Events are JSON: there must be "application/json", and there is ${has}.`,
    );
  }
  const mediaAt = within(body.at, 'content', media);
  const { schema, example, examples } = content[media] as Record<string, unknown>;
  if (schema === undefined) throw problem(mediaAt, 'The content has no "schema".');
  const [first] = Object.values(isObject(examples) ? examples : {});
  const shown = example ?? (isObject(first) ? first.value : undefined);
  return {
    ...words,
    schema: bundled(documents, within(mediaAt, 'schema'), dialect),
    ...(shown === undefined ? {} : { example: shown }),
  };
}

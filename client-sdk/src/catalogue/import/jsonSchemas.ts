import { isObject } from '../jsonSchema.ts';
import { bundled, type Documents, placeText } from './bundle.ts';
import { type ReadCatalogue, Reading } from './read.ts';

/** A file of a folder: its path from there, with `/`, and its content, parsed. */
export interface SchemaFile {
  readonly path: string;
  readonly content: unknown;
}

/**
 * The event types of a folder of JSON Schemas, one a file. `order.paid.json`, `order.paid.schema.json` and `order/paid.json` are the type
 * `order.paid`. Files may refer to one another; one that others refer to and whose name has no dot, such as `address.json`, is no type.
 * Drafts 4 to 2020-12 are read.
 */
export function readJsonSchemas(files: readonly SchemaFile[]): ReadCatalogue {
  const reading = new Reading();
  const documents: Documents = new Map(files.map(({ path, content }) => [path, content]));
  const referred = new Set(files.flatMap(({ path, content }) => [...addressesIn(content, path)]));
  let count = 0;
  for (const { path, content } of files) {
    const name = path.replace(/(\.schema)?\.(json|ya?ml)$/i, '').replaceAll('/', '.');
    const isPart = referred.has(path) && !name.includes('.');
    if (isPart) continue;
    count++;
    const at = { document: path, pointer: '' };
    reading.take(placeText(at), name, () => {
      const schema = bundled(documents, at, '2020-12');
      const { description, title, examples } = isObject(content) ? content : {};
      const text = description ?? title;
      const [example] = Array.isArray(examples) ? examples : [];
      return {
        description: typeof text === 'string' ? text : null,
        schema,
        ...(example === undefined ? {} : { example }),
      };
    });
  }
  if (count === 0)
    reading.problem(
      '.',
      'There is no file of a type here: "order.paid.json" holds the JSON Schema of the type "order.paid".',
    );
  return reading.done();
}

/** The files that a schema refers to, wherever in it. */
function* addressesIn(value: unknown, from: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string' && !/^(#|[a-z]+:)/i.test(member)) {
      yield decodeURIComponent(new URL(member.split('#')[0] ?? '', new URL(from, 'file:///')).pathname.slice(1));
    } else yield* addressesIn(member, from);
  }
}

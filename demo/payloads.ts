import { createRequire } from 'node:module';

// The package is one JSON file.
const require = createRequire(import.meta.url);

/** A kind of event in `@octokit/webhooks-examples`: payloads that GitHub sent. */
interface Kind {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly Payload[];
}

type Payload = Readonly<Record<string, unknown>>;

/** An event to publish, and its registered type. */
export interface GithubEvent {
  readonly type: string;
  readonly category: string;
  readonly description: string;
  /** A JSON Schema that every example of this type fits. */
  readonly schema: object;
  readonly data: Payload;
}

const typeOf = (kind: Kind, { action }: Payload) => (typeof action === 'string' ? `${kind.name}.${action}` : kind.name);

const jsonTypeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** Members that all examples have are required, with the JSON types that the examples show. */
function schemaOf(examples: readonly Payload[]): object {
  const names = [...new Set(examples.flatMap((example) => Object.keys(example)))];
  const typesOf = (name: string) =>
    [...new Set(examples.filter((example) => name in example).map((example) => jsonTypeOf(example[name])))].sort();
  return {
    type: 'object',
    required: names.filter((name) => examples.every((example) => name in example)),
    properties: Object.fromEntries(names.map((name) => [name, { type: typesOf(name) }])),
  };
}

/** One payload of each kind of webhook that GitHub has: 58 of them, 477 KB, up to 23 KB each. */
export function githubEvents(): readonly GithubEvent[] {
  const kinds = require('@octokit/webhooks-examples') as readonly Kind[];
  return kinds.map((kind) => {
    const data = kind.examples[0] as Payload;
    const type = typeOf(kind, data);
    const alike = kind.examples.filter((example) => typeOf(kind, example) === type);
    const description = kind.description.replace(/\s+/g, ' ').trim();
    return { type, category: kind.name, description, schema: schemaOf(alike), data };
  });
}

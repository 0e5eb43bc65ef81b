import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A schema of the official suite, and values with whether it accepts them. */
export interface SuiteGroup {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/json-schema-test-suite/${name}`, import.meta.url), 'utf8'));

/** The official suite's files for draft 2020-12, by their names. */
export const suite: Record<string, SuiteGroup[]> = fixture('draft2020-12.json');
const remotes: Record<string, unknown> = fixture('remotes.json');

const require = createRequire(import.meta.url);
for (const name of [
  'schema',
  ...'core applicator unevaluated validation meta-data format-annotation content'.split(' '),
]) {
  const path = name === 'schema' ? name : `meta/${name}`;
  remotes[`https://json-schema.org/draft/2020-12/${path}`] = require(`ajv/dist/refs/json-schema-2020-12/${path}.json`);
}

/**
 * The schema with the documents that it refers to, bundled as the specification describes. Everhook fetches nothing, so a document
 * that other validators would fetch is included under its `$id`.
 */
export function bundled(schema: unknown): unknown {
  const text = JSON.stringify(schema);
  if (!/localhost:1234|json-schema\.org\/draft\/2020-12\/schema"/.test(text.replace(/"\$schema":"[^"]*"/g, '')))
    return schema;
  if (typeof schema !== 'object' || schema === null) return schema;
  const $defs: Record<string, unknown> = {};
  const add = (holder: unknown) => {
    const written = JSON.stringify(holder).replace(/"\$schema":"[^"]*"/g, '');
    for (const [uri, remote] of Object.entries(remotes)) {
      const path = new URL(uri).pathname;
      const isNamed = written.includes(uri) || written.includes(path.slice(path.lastIndexOf('/') + 1));
      const isMeta = uri.includes('json-schema.org') && written.includes('json-schema.org/draft/2020-12/schema"');
      if ($defs[uri] || written.includes(`"$id":"${uri}"`) || !(isNamed || isMeta)) continue;
      $defs[uri] = { $id: uri, ...(remote as object) };
      add(remote);
    }
  };
  add(schema);
  const { $defs: own, ...others } = schema as { $defs?: object };
  return { ...others, $defs: { ...own, ...$defs } };
}

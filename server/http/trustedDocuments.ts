import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as ofSdk from '../../client-sdk/src/generated/operations.ts';
import { type Config, ConfigError } from '../../core/composition/config.ts';
import { isObject } from '../../core/json/isObject.ts';
import { parseJson } from '../../core/json/parseJson.ts';
import { parseDocument } from './graphql.ts';

/** The documents that an installation trusts, by their names, and whether it runs only these. */
export interface TrustedDocuments {
  readonly byId: ReadonlyMap<string, string>;
  readonly only: boolean;
}

const none: TrustedDocuments = { byId: new Map(), only: false };

/**
 * Reads the documents that the installation trusts: those of its own SDK, and those of a file.
 *
 * @throws ConfigError that names the file, and the entry in it, if this is no manifest or a document does not parse
 */
export function trustedDocuments(config: Config['graphql'] | undefined): TrustedDocuments {
  if (!config) return none;
  const { trustedDocuments: file, trustedOnly: only } = config;
  const byId = new Map<string, string>();
  if (only) {
    // The dashboard uses these, too.
    for (const each of Object.values(ofSdk)) {
      if (each instanceof ofSdk.TypedDocumentString) byId.set(sha256(String(each)), String(each));
    }
  }
  if (file !== null) {
    for (const [id, text] of readManifest(file)) {
      byId.set(id, text);
      byId.set(sha256(text), text);
    }
  }
  return { byId, only };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function readManifest(file: string): readonly (readonly [id: string, text: string])[] {
  const entries = entriesOf(file, parsed(file));
  for (const [id, text] of entries) {
    try {
      parseDocument(text);
    } catch (error) {
      throw wrong(file, `the document "${id}" is not GraphQL that can be run: ${(error as Error).message}`);
    }
  }
  return entries;
}

function parsed(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(file, `it cannot be read: ${(error as Error).message}`);
  }
  try {
    return parseJson(text);
  } catch (error) {
    throw wrong(file, `it is not JSON: ${(error as Error).message}`);
  }
}

function entriesOf(file: string, manifest: unknown): (readonly [id: string, text: string])[] {
  if (!isObject(manifest)) throw wrong(file, `it must be ${forms}, and is ${kindOf(manifest)}.`);
  // Apollo writes a list, GraphQL Code Generator and Relay an object.
  const { operations } = manifest;
  if (!Array.isArray(operations)) {
    return Object.entries(manifest).map(([id, text]) => {
      if (typeof text === 'string') return [id, text];
      throw wrong(file, `it must be ${forms}: what belongs to "${id}" is ${kindOf(text)}, and no document.`);
    });
  }
  return operations.map((each: unknown, index) => {
    const { id, body } = isObject(each) ? each : {};
    if (typeof id === 'string' && typeof body === 'string') return [id, body];
    throw wrong(file, `"operations[${index}]" must have "id" and "body", both of them strings.`);
  });
}

const forms =
  '{"<id>": "<document>"}, as GraphQL Code Generator and Relay write it, or a manifest of Apollo\'s with "operations"';

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const wrong = (file: string, what: string) => new ConfigError([`EVERHOOK_TRUSTED_DOCUMENTS: ${file}: ${what}`]);

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as ofSdk from '../../client-sdk/src/generated/operations.ts';
import { type Config, ConfigError } from '../../core/composition/config.ts';
import { parseJson } from '../../core/json/parseJson.ts';

/** The documents that an installation trusts, by their names, and whether it runs only these. */
export interface TrustedDocuments {
  readonly byId: ReadonlyMap<string, string>;
  readonly only: boolean;
}

const none: TrustedDocuments = { byId: new Map(), only: false };

/**
 * Reads the documents that the installation trusts: those of its own SDK, and those of a file.
 *
 * @throws ConfigError if the file cannot be read or is not a list of documents
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

function readManifest(file: string): [id: string, text: string][] {
  let manifest: unknown;
  try {
    manifest = parseJson(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(`this file cannot be read: ${(error as Error).message}`);
  }
  // Apollo writes a list, GraphQL Code Generator and Relay an object.
  const { operations } = { ...(manifest as object) } as { operations?: unknown };
  const entries = Array.isArray(operations)
    ? operations.map((each) => [each?.id, each?.body] as const)
    : Object.entries({ ...(manifest as object) });
  return entries.map(([id, text]) => {
    if (typeof id === 'string' && typeof text === 'string') return [id, text];
    throw wrong('must be {"<id>": "<document>"}, as GraphQL Code Generator writes it, or a manifest of Apollo\'s.');
  });
}

const wrong = (what: string) => new ConfigError([`EVERHOOK_TRUSTED_DOCUMENTS: ${what}`]);

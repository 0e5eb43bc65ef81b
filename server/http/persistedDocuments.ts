import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { FairCache } from '../../core/events/fairCache.ts';
import { ApiError, invalid } from '../../core/ground/errors.ts';
import type { GraphQLParams, RequestParams } from './requestParser.ts';
import type { TrustedDocuments } from './trustedDocuments.ts';

/** Bytes of memory for the documents that clients registered, and documents of one tenant. */
const maxKeptBytes = 64 * 1024 * 1024;
const maxKeptPerTenant = 500;
/** What a document takes in memory beside its text, in bytes. */
const overheadBytes = 256;
/** Longest document, in characters, that is kept: longer ones must be sent with each call. */
const maxKeptCharacters = 16 * 1024;

/** Documents that have names: those that clients register as they go, and those that the installation trusts. */
export class PersistedDocuments {
  readonly #kept = new FairCache<string>(maxKeptBytes, maxKeptPerTenant);
  readonly #trusted: TrustedDocuments;
  readonly #trustedTexts: ReadonlySet<string>;

  constructor(trusted: TrustedDocuments) {
    this.#trusted = trusted;
    this.#trustedTexts = new Set(trusted.byId.values());
  }

  /** Whether a request uses no name: then it runs its own text. */
  isPlain({ extensions, documentId }: RequestParams): boolean {
    return extensions === undefined && documentId === undefined && !this.#trusted.only;
  }

  /**
   * Finds the document that a request means, by its text or by its name.
   *
   * @param owner - the tenant to whom it is charged, and who alone can use it
   * @throws ApiError VALIDATION_FAILED for a digest that does not match the text; FORBIDDEN for an untrusted text if
   *   only trusted ones may run
   * @throws GraphQLError PERSISTED_QUERY_NOT_FOUND: the client then sends the text along;
   *   PERSISTED_QUERY_NOT_SUPPORTED if that would not help
   */
  resolve(params: RequestParams, owner: string): GraphQLParams {
    const { variables, operationName } = params;
    return { query: this.#textOf(params, owner), variables, operationName };
  }

  #textOf(params: RequestParams, owner: string): string {
    const { query } = params;
    const { byId, only } = this.#trusted;
    const named = nameIn(params);
    if (query === undefined) {
      const id = (named as Named).id;
      const known = byId.get(id) ?? byId.get(id.toLowerCase());
      if (known !== undefined) return known;
      if (only) throw persistedError('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
      const kept = this.#kept.get(owner, id.toLowerCase());
      if (kept === undefined) throw persistedError('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
      // The documents that are in use are the last to be forgotten.
      return this.#keep(owner, id.toLowerCase(), kept);
    }
    if (only) {
      if (this.#trustedTexts.has(query)) return query;
      throw new ApiError('FORBIDDEN', 'This installation runs only the documents that it trusts.', 'query');
    }
    if (named === null) return query;
    const digest = named.id.toLowerCase();
    if (createHash('sha256').update(query).digest('hex') !== digest) {
      throw invalid(named.field, 'This is not the SHA-256 digest of "query", in hexadecimal digits.');
    }
    // A copy: a part of a request's text would keep all of that text in memory.
    if (query.length <= maxKeptCharacters) this.#keep(owner, digest, Buffer.from(query, 'utf16le').toString('utf16le'));
    return query;
  }

  #keep(owner: string, digest: string, text: string): string {
    // A character takes up to two bytes in memory.
    return this.#kept.set(owner, digest, text, 2 * text.length + overheadBytes);
  }
}

interface Named {
  readonly id: string;
  readonly field: string;
}

/** The name by which a request calls its document; null if there is none. */
function nameIn({ extensions, documentId }: RequestParams): Named | null {
  if (documentId !== undefined) return { id: documentId.replace(/^sha256:/, ''), field: 'documentId' };
  const persisted = extensions?.persistedQuery as { version?: unknown; sha256Hash?: unknown } | null | undefined;
  if (persisted == null) return null;
  const field = 'extensions.persistedQuery';
  if (typeof persisted !== 'object' || typeof persisted.sha256Hash !== 'string') {
    throw invalid(`${field}.sha256Hash`, 'This must be the SHA-256 digest of the document, in hexadecimal digits.');
  }
  if (persisted.version !== 1) throw invalid(`${field}.version`, 'Persisted queries are served in version 1.');
  return { id: persisted.sha256Hash, field: `${field}.sha256Hash` };
}

/** Clients know both errors by these words; with status 200 no client takes them for a network failure. */
const persistedError = (message: string, code: string) =>
  new GraphQLError(message, { extensions: { code, http: { status: 200 } } });

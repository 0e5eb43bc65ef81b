import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { invalid } from '../errors.ts';
import { DocumentCache } from './documentCache.ts';
import type { GraphQLParams, RequestParams } from './requestParser.ts';

/** Documents that clients registered: of all, and of one organization. */
const mostKept = 2_000;
const mostOfOne = 500;
/** Longest document, in characters, that is kept: a longer one is sent with each call. */
const longestKept = 16 * 1024;

const digest = /^[0-9a-f]{64}$/i;

/** Documents that are known by their digests: those that clients register as they go, and those that the installation trusts. */
export class PersistedDocuments {
  readonly #kept = new DocumentCache<string>(mostKept, longestKept, mostOfOne);

  /**
   * The document that a request means, by its text or by its name.
   *
   * @param owner - the tenant on whose account it is kept, and for whom alone
   * @throws ApiError VALIDATION_FAILED for a digest that is not the text's
   * @throws GraphQLError PERSISTED_QUERY_NOT_FOUND: the client sends the text along then
   */
  resolve(params: RequestParams, owner: string): GraphQLParams {
    const { query, variables, operationName } = params;
    const named = nameIn(params);
    if (named === null) return { query: query as string, variables, operationName };
    const { hash, field } = named;
    const key = `${owner} ${hash}`;
    if (query === undefined) {
      const known = digest.test(hash) ? this.#kept.get(key) : undefined;
      if (known === undefined) throw notFound();
      return { query: known, variables, operationName };
    }
    if (createHash('sha256').update(query).digest('hex') !== hash) {
      throw invalid(field, 'This is not the SHA-256 digest of "query", in hexadecimal digits.');
    }
    if (query.length <= longestKept) this.#kept.set(key, query, owner);
    return { query, variables, operationName };
  }
}

/** By which name a request calls its document; null where it calls it by none. */
function nameIn({ extensions, documentId }: RequestParams): { hash: string; field: string } | null {
  if (documentId !== undefined) {
    return { hash: documentId.replace(/^sha256:/, '').toLowerCase(), field: 'documentId' };
  }
  const persisted = extensions?.persistedQuery as { version?: unknown; sha256Hash?: unknown } | null | undefined;
  if (persisted == null) return null;
  const field = 'extensions.persistedQuery';
  if (typeof persisted !== 'object' || typeof persisted.sha256Hash !== 'string') {
    throw invalid(`${field}.sha256Hash`, 'This must be the SHA-256 digest of the document, in hexadecimal digits.');
  }
  if (persisted.version !== 1) throw invalid(`${field}.version`, 'Persisted queries are served in version 1.');
  return { hash: persisted.sha256Hash.toLowerCase(), field: `${field}.sha256Hash` };
}

/** Clients know both by these words; the status is one that none of them takes for a failure of the network. */
const persistedError = (message: string, code: string) =>
  new GraphQLError(message, { extensions: { code, http: { status: 200 } } });
const notFound = () => persistedError('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');

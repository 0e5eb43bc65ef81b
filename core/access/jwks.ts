import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { GatheredBytes } from '../../client-sdk/src/receivers/gatheredBytes.ts';
import { ApiError } from '../ground/errors.ts';
import { withTimeout } from '../ground/withTimeout.ts';
import { parseJson } from '../json/parseJson.ts';

/** The age at which a key set is fetched again, and the age up to which it is used if that fails. Milliseconds. */
const refreshAfterMs = 10 * 60_000;
const maxAgeMs = 24 * 3_600_000;
/** Shortest time between two fetches, for an unknown key or after a failure: anyone can make up a token. */
const minRefreshIntervalMs = 15_000;
const fetchTimeoutMs = 5_000;
const maxBytes = 256 * 1024;
const maxKeys = 100;

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

export interface JwksOptions {
  readonly url: string;
  readonly log: Logger;
  /** In place of the platform's, to trust an installation's own certificates. */
  readonly fetch?: typeof fetch;
  /** Milliseconds on a monotonic clock. */
  readonly now?: () => number;
}

/**
 * The keys that an identity provider publishes. They are fetched when first needed, refreshed in the background, and fetched
 * again for a token signed by a key that is not among them, so that the provider can rotate its keys at any time. While the
 * provider does not answer, the last key set stays in use.
 */
export function createJwks({
  url,
  log,
  fetch = globalThis.fetch,
  now = () => performance.now(),
}: JwksOptions): JWTVerifyGetKey {
  let keys: KeySet | null = null;
  let fetching: Promise<void> | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;

  function refresh(): Promise<void> {
    fetching ??= withTimeout(fetchTimeoutMs, (signal) => fetchKeySet(fetch, url, signal))
      .then(
        (set) => {
          keys = { find: createLocalJWKSet(set), at: now() };
        },
        (error) =>
          log.warn(
            { err: error, part: 'identity provider' },
            'the key set of the identity provider could not be fetched',
          ),
      )
      .finally(() => {
        fetching = null;
        triedAt = now();
      });
    return fetching;
  }

  return async (header, token) => {
    const mayRefresh = () => fetching !== null || now() - triedAt >= minRefreshIntervalMs;
    if ((keys === null || now() - keys.at >= maxAgeMs) && mayRefresh()) await refresh();
    else if (keys !== null && now() - keys.at >= refreshAfterMs && mayRefresh()) void refresh();
    const known = keys;
    if (known === null || now() - known.at >= maxAgeMs) {
      const message = 'The identity provider does not answer, so tokens cannot be checked. Try again in some seconds.';
      throw new ApiError('UNAVAILABLE', message, undefined, minRefreshIntervalMs / 1_000);
    }
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayRefresh()) throw error;
      await refresh();
      return (keys ?? known).find(header, token);
    }
  };
}

/** @throws Error that says what is wrong with the response and quotes nothing of it */
async function fetchKeySet(get: typeof fetch, url: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const response = await get(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // Keys are trusted because of their URL: a redirect would lead elsewhere.
    redirect: 'error',
    signal,
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`The request for the key set was answered with status ${response.status}.`);
  }
  const gathered = new GatheredBytes();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    if (gathered.size + chunk.length > maxBytes) throw new Error(`The key set is longer than ${maxBytes} bytes.`);
    gathered.add(chunk);
  }
  let set: unknown;
  try {
    set = parseJson(new TextDecoder().decode(gathered.whole()));
  } catch {
    throw new Error('The key set is not JSON.');
  }
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list) || list.length > maxKeys) {
    throw new Error(`The key set is not an object with at most ${maxKeys} "keys".`);
  }
  return set as JSONWebKeySet;
}

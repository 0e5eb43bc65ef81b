import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { ApiError } from '../ground/errors.ts';
import { inTime } from '../ground/inTime.ts';
import { parseJson } from '../json/parseJson.ts';

/** How long a key set is believed before it is fetched again, and how long at most where that fails. Milliseconds. */
const freshMs = 10 * 60_000;
const believedMs = 24 * 3_600_000;
/** How soon it is fetched again for a key that it does not hold, or after a failure: tokens are strangers' to make up. */
const pauseMs = 15_000;
const patienceMs = 5_000;
const mostBytes = 256 * 1024;
const mostKeys = 100;

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

export interface JwksOptions {
  readonly url: string;
  readonly log: Logger;
  /** Milliseconds on a steady clock. */
  readonly now?: () => number;
}

/**
 * The keys that an identity provider publishes. They are fetched when first needed, refreshed in the background, and fetched
 * again for a token signed by a key that is not among them, so that the provider can rotate its keys at any time. While it is
 * away, what was fetched last goes on.
 */
export function createJwks({ url, log, now = () => performance.now() }: JwksOptions): JWTVerifyGetKey {
  let keys: KeySet | null = null;
  let fetching: Promise<void> | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;

  function refresh(): Promise<void> {
    fetching ??= inTime(patienceMs, (signal) => fetchKeySet(url, signal))
      .then(
        (set) => {
          keys = { find: createLocalJWKSet(set), at: now() };
        },
        (error) => log.warn({ err: error }, 'the key set of the identity provider could not be fetched'),
      )
      .finally(() => {
        fetching = null;
        triedAt = now();
      });
    return fetching;
  }

  return async (header, token) => {
    const mayTry = () => fetching !== null || now() - triedAt >= pauseMs;
    if ((keys === null || now() - keys.at >= believedMs) && mayTry()) await refresh();
    else if (keys !== null && now() - keys.at >= freshMs && mayTry()) void refresh();
    const known = keys;
    if (known === null || now() - known.at >= believedMs) {
      const message = 'The identity provider does not answer, so tokens cannot be checked. Try again in some seconds.';
      throw new ApiError('UNAVAILABLE', message, undefined, pauseMs / 1_000);
    }
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayTry()) throw error;
      await refresh();
      return (keys ?? known).find(header, token);
    }
  };
}

/** @throws Error that says what is wrong with the answer, and never what is in it */
async function fetchKeySet(url: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    // Keys are trusted for where they come from: a redirect would be somewhere else.
    redirect: 'error',
    signal,
  });
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Error(`The key set was answered with status ${response.status}.`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > mostBytes) throw new Error(`The key set is longer than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  let set: unknown;
  try {
    set = parseJson(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error('The key set is not JSON.');
  }
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list) || list.length > mostKeys) {
    throw new Error(`The key set is not an object with at most ${mostKeys} "keys".`);
  }
  return set as JSONWebKeySet;
}

import { type EverhookError, errorOfCode, NetworkError, ValidationError } from './errors.ts';
import { parseJson } from './json/parseJson.ts';

/** Why a session ended. */
export type SessionEnding =
  /** Signed out, in this browser. */
  | 'SIGNED_OUT'
  /** Ended by its owner elsewhere, or by somebody who may. */
  | 'ENDED'
  /** Not used for too long. */
  | 'IDLE'
  /** At its absolute limit, or at the end of the token that opened it. */
  | 'EXPIRED'
  /** The key that opened it has expired or was revoked. */
  | 'KEY_ENDED'
  /** A token of it was used that had been replaced long before: somebody may have copied it. */
  | 'REUSED'
  /** The identity provider ended it. */
  | 'ISSUER_ENDED'
  /** The identity provider could not be asked for too long. */
  | 'ISSUER_AWAY';

/** The session that a browser has; all its tabs share it. */
export interface SessionState {
  readonly session: {
    readonly id: string;
    readonly kind: 'OPERATOR' | 'API_KEY' | 'USER';
    /** What the person is called, as the identity provider says. */
    readonly name: string | null;
    /** ISO 8601. */
    readonly expiresAt: string;
  } | null;
  /** Why the session that the browser still had has ended. */
  readonly ended: SessionEnding | null;
  /** Why nobody can sign in on this page, with what to do; null if they can. */
  readonly refused: string | null;
  /** By whom one can sign in: `start`, with the path to come back to as the parameter `back`, is a place to lead the browser to. */
  readonly issuers: readonly { readonly label: string; readonly start: string }[];
}

/** What is left after signing out. */
export interface SignedOut {
  /**
   * The identity provider, who may still know the person: its `url` is where the browser signs out there; null if it has no such place.
   * Null for the session of a key.
   */
  readonly issuer: { readonly label: string; readonly url: string | null } | null;
}

/** The used part of a browser's `fetch`. */
export type SessionFetch = (
  url: string,
  init: { method: string; credentials: 'same-origin'; headers: Record<string, string>; body?: string },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/**
 * The session of a browser, on a page of the installation itself. Its token is a cookie that no script reads; a client with
 * `credentials: 'same-origin'` calls the API with it.
 */
export class BrowserSession {
  readonly #url: string;
  readonly #fetch: SessionFetch;

  /** @param options.url - the installation's: `https://hooks.example.com` @throws ValidationError for an invalid one */
  constructor({
    url,
    fetch = (...given) => (globalThis.fetch as unknown as SessionFetch)(...given),
  }: {
    readonly url: string;
    readonly fetch?: SessionFetch;
  }) {
    if (!/^https?:\/\/[^/]/.test(url)) {
      throw new ValidationError('The url must begin with http:// or https://.', { field: 'url' });
    }
    this.#url = `${url.replace(/\/+$/, '')}/session`;
    this.#fetch = fetch;
  }

  /** Whether the browser has a session, and how to get one. */
  read(): Promise<SessionState> {
    return this.#ask('GET');
  }

  /** Signs in with the operator key, an API key or a user's JWT. @throws EverhookError if it is refused */
  open(credential: string): Promise<SessionState> {
    return this.#ask('POST', JSON.stringify({ credential }));
  }

  /** Signs out: in every tab, and for whoever may have copied the cookie. */
  end(): Promise<SignedOut> {
    return this.#ask('DELETE');
  }

  async #ask<Answer>(method: string, body?: string): Promise<Answer> {
    let status: number;
    let text: string;
    try {
      const response = await this.#fetch(this.#url, {
        method,
        credentials: 'same-origin',
        headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body } : {}),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new NetworkError('Everhook could not be reached, or the connection broke before its answer.', { cause });
    }
    const answer = parsed(text) as { errors?: readonly { message: string; extensions?: { code?: string } }[] } | null;
    const [error] = answer?.errors ?? [];
    if (status >= 200 && status < 300 && answer && !error) return answer as Answer;
    throw refusal(status, error);
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

const refusal = (status: number, error?: { message: string; extensions?: { code?: string } }): EverhookError =>
  errorOfCode(
    error?.extensions?.code ?? (status >= 500 ? 'UNAVAILABLE' : 'INTERNAL'),
    error?.message ?? `The answer is HTTP ${status} without a session.`,
    { status },
  );

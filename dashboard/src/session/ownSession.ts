import { EverhookError } from '@everhook/sdk';
import { apiUrl } from '../base.ts';

/** Why a session ended, as the server names it. */
export type Ending =
  | 'SIGNED_OUT'
  | 'ENDED'
  | 'IDLE'
  | 'EXPIRED'
  | 'KEY_ENDED'
  | 'REUSED'
  | 'ISSUER_ENDED'
  | 'ISSUER_AWAY';

/** The session of this browser, which all its tabs share. */
export interface OwnSession {
  readonly session: {
    readonly id: string;
    readonly kind: string;
    readonly name: string | null;
    readonly expiresAt: string;
  } | null;
  /** Why the one that the browser still had has ended. */
  readonly ended: Ending | null;
  /** Why nobody can sign in here. */
  readonly refused: string | null;
}

interface Refusal {
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: EverhookError['code'] };
  }[];
}

/** The cookie goes along by itself, and no script sees it. */
async function ask(method: 'GET' | 'POST' | 'DELETE', body?: object): Promise<OwnSession> {
  let response: Response;
  let answer: OwnSession & Refusal;
  try {
    response = await fetch(`${apiUrl}/session`, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    answer = await response.json();
  } catch (cause) {
    throw new EverhookError('NETWORK', 'The server could not be reached. Try again in a moment.', { cause });
  }
  const [error] = answer.errors ?? [];
  if (response.ok && !error) return answer;
  const code = error?.extensions?.code ?? (response.status >= 500 ? 'UNAVAILABLE' : 'INTERNAL');
  throw new EverhookError(code, error?.message ?? `The answer is HTTP ${response.status}.`);
}

export const readSession = (): Promise<OwnSession> => ask('GET');

/** @throws EverhookError if the key is refused */
export const openSession = (credential: string): Promise<OwnSession> => ask('POST', { credential });

export const endSession = (): Promise<OwnSession> => ask('DELETE');

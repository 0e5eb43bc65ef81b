import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Granted, Origin } from '../access/principal.ts';
import { parseJson } from '../json/parseJson.ts';
import type { KeyRing } from '../secrets/keyRing.ts';
import type { OpenedSession, Sessions } from '../sessions/sessions.ts';
import { boundMs } from './checkIssuer.ts';
import { type Claims, type Issuer, personOf } from './issuer.ts';
import type { IssuerClient } from './issuerClient.ts';
import { type Failing, failedBy, IssuerFailed } from './issuerErrors.ts';
import { openTokens, sealTokens } from './keptTokens.ts';
import { nameIn } from './roles.ts';

/** How long somebody may take at the issuer, in milliseconds. */
export const signInMs = 10 * 60_000;
const sealContext = 'sign-in';
const maxPersonId = 255;

/** What the browser keeps until it comes back: only this installation can read it. */
interface Begun {
  readonly issuer: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Where in the dashboard the person wanted to go. */
  readonly back: string;
  readonly at: number;
}

export interface SignInBegun {
  /** At the issuer. */
  readonly url: string;
  /** Names the cookie, so that several tabs can sign in at once. */
  readonly id: string;
  readonly sealed: string;
}

export type SignInEnd =
  | { readonly opened: OpenedSession; readonly back: string }
  | { readonly failed: Failing | { readonly kind: 'USED' | 'UNKNOWN' }; readonly back: string };

/** Where somebody signs out at the issuer of a session, if it has such a place. */
export interface SignOutAtIssuer {
  readonly label: string;
  readonly url: string | null;
}

/** Signing in by OpenID Connect. */
export interface SignIn {
  /** For the buttons. */
  readonly issuers: readonly { readonly name: string; readonly label: string }[];
  labelOf(name: string): string | null;
  /** @throws IssuerFailed; null for an unknown issuer */
  begin(name: string, back: string): Promise<SignInBegun | null>;
  /** @param sealedOf - what the browser keeps under an id */
  finish(name: string, callback: URL, sealedOf: (id: string) => string | null, origin: Origin): Promise<SignInEnd>;
  /** To be asked before the session ends. Null for a session of a key or a token. */
  signOutOf(sessionId: string): Promise<SignOutAtIssuer | null>;
}

export interface SignInParts {
  readonly pool: Pool;
  readonly log: Logger;
  readonly keys: KeyRing;
  readonly clients: readonly { readonly issuer: Issuer; readonly client: IssuerClient }[];
  readonly sessions: Pick<Sessions, 'open'>;
  /** The public URL, where issuers lead people back to. */
  readonly publicUrl: string;
  /** The issuer of users' tokens; null for none. */
  readonly jwtIssuer: string | null;
  sync(issuer: Issuer, person: Granted, claims: Claims): Promise<boolean>;
  readonly now?: (() => number) | undefined;
}

/** The first characters of a state name its cookie. */
export const idOfState = (state: string): string => state.slice(0, 10).replace(/[^\w-]/g, '');

export function createSignIn(parts: SignInParts): SignIn {
  const { log, keys, clients, sessions, publicUrl, now = Date.now } = parts;
  const byName = new Map(clients.map((each) => [each.issuer.name, each]));
  const byUrl = new Map(clients.map((each) => [each.issuer.url, each]));
  const callbackOf = (name: string) => `${publicUrl}/session/callback/${name}`;
  const told = new Set<string>();

  function read(sealed: string | null): Begun | null {
    if (sealed === null) return null;
    try {
      return parseJson(keys.open(Buffer.from(sealed, 'base64url'), sealContext)) as Begun;
    } catch {
      // Of another installation that had this address, or under a key that has gone.
      return null;
    }
  }

  async function enter(issuer: Issuer, client: IssuerClient, callback: URL, begun: Begun, origin: Origin) {
    const answer = await client.finish(callback, begun);
    const id = personOf(issuer.url, answer.sub, parts.jwtIssuer);
    if (id.length > maxPersonId) {
      throw new IssuerFailed(
        { kind: 'INVALID' },
        `the issuer’s URL and its “sub” together are longer than ${maxPersonId} characters`,
      );
    }
    const person: Granted = { kind: 'USER', id, grants: [], origin };
    if (answer.claims !== null) await parts.sync(issuer, person, answer.claims);
    const { tokens, sub } = answer;
    if (tokens.refreshToken === null && !told.has(issuer.name)) {
      told.add(issuer.name);
      log.warn(
        { issuer: issuer.name },
        'the issuer gives no refresh token, so its sessions end after 15 minutes: add the scope or the parameter by which it gives one (docs/signin.md)',
      );
    }
    // What cannot be asked again ends with what is known now.
    const endsAt = tokens.refreshToken === null ? now() + boundMs : Number.POSITIVE_INFINITY;
    return sessions.open(person, endsAt, {
      name: answer.claims && nameIn(answer.claims),
      issuer: issuer.url,
      seal: (sessionId) => sealTokens(keys, sessionId, { ...tokens, sub }),
    });
  }

  return {
    issuers: clients.map(({ issuer: { name, label } }) => ({ name, label })),
    labelOf: (name) => byName.get(name)?.issuer.label ?? null,

    async begin(name, back) {
      const known = byName.get(name);
      if (!known) return null;
      try {
        const { url, ...begun } = await known.client.begin(callbackOf(name));
        const kept: Begun = { issuer: name, ...begun, back, at: now() };
        const sealed = keys.seal(JSON.stringify(kept), sealContext).toString('base64url');
        return { url, id: idOfState(begun.state), sealed };
      } catch (error) {
        const failed = failedBy(error);
        log.warn({ issuer: name, reason: failed.message }, 'nobody can sign in by an issuer');
        throw failed;
      }
    },

    async finish(name, callback, sealedOf, origin) {
      const begun = read(sealedOf(idOfState(callback.searchParams.get('state') ?? '')));
      const back = begun?.back ?? '/';
      const known = byName.get(name);
      if (!known) return { failed: { kind: 'UNKNOWN' }, back };
      if (begun === null || begun.issuer !== name || begun.at + signInMs <= now()) {
        return { failed: { kind: 'USED' }, back };
      }
      // The address as it is registered: a proxy may have changed what this server sees of it.
      const registered = new URL(callbackOf(name));
      registered.search = callback.search;
      try {
        return { opened: await enter(known.issuer, known.client, registered, begun, origin), back };
      } catch (error) {
        // Anything else is a fault of this installation, such as a database that is away.
        if (!(error instanceof IssuerFailed)) throw error;
        log.warn({ issuer: name, reason: error.message }, 'somebody could not sign in by an issuer');
        return { failed: error.failing, back };
      }
    },

    async signOutOf(sessionId) {
      const { rows } = await parts.pool.query<{ issuer: string | null; tokens_sealed: Buffer | null }>(
        'SELECT issuer, tokens_sealed FROM session WHERE id = $1',
        [sessionId],
      );
      const known = byUrl.get(rows[0]?.issuer ?? '');
      if (!known) return null;
      const { label } = known.issuer;
      try {
        const sealed = rows[0]?.tokens_sealed;
        const tokens = sealed ? openTokens(keys, sessionId, sealed) : null;
        return { label, url: await known.client.signOutUrl(tokens, `${publicUrl}/`) };
      } catch (error) {
        log.warn({ issuer: known.issuer.name, reason: failedBy(error).message }, 'nobody can sign out at an issuer');
        return { label, url: null };
      }
    },
  };
}

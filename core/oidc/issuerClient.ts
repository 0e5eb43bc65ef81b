import * as client from 'openid-client';
import { isUserId } from '../access/userId.ts';
import type { Claims, Issuer } from './issuer.ts';
import { clocksDiffer, failedBy, IssuerFailed } from './issuerErrors.ts';

/** How long an issuer may take for one answer, in seconds. */
const answerSeconds = 10;
/** An issuer's document of itself is read again after so long, in milliseconds: its addresses and keys change seldom. */
const rediscoverMs = 3_600_000;
/** A longer hint would make an address that servers refuse. The session then ends at the issuer with a question. */
const maxHint = 1_500;
const maxRefreshToken = 16 * 1024;
const maxUrl = 2_000;

/** What is kept of an issuer's answer, encrypted. */
export interface KeptTokens {
  readonly refreshToken: string | null;
  /** For signing out; null where it is long. */
  readonly hint: string | null;
}

export interface IssuerAnswer {
  /** Null where it said nothing of the person. */
  readonly claims: Claims | null;
  readonly tokens: KeptTokens;
}

/** New tokens, which are to be kept before anything else: many issuers take the one before once. */
export interface Refreshed {
  readonly tokens: KeptTokens;
  /** What the issuer says of the person now; null if nothing. */
  claims(): Promise<Claims | null>;
}

/** What the browser that begins must bring back. */
export interface Begun {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** One issuer, by OpenID Connect: the code flow with PKCE. Every error is an {@link IssuerFailed}. */
export interface IssuerClient {
  begin(redirectUri: string): Promise<Begun>;
  /** @param callback - the address that the issuer led to */
  finish(callback: URL, begun: Omit<Begun, 'url'>): Promise<IssuerAnswer & { readonly sub: string }>;
  refresh(tokens: KeptTokens, sub: string): Promise<Refreshed>;
  /** Where the person signs out at the issuer; null if it has no such place. */
  signOutUrl(tokens: KeptTokens | null, back: string): Promise<string | null>;
}

/** @param now - milliseconds since 1970 */
export function createIssuerClient(
  issuer: Issuer,
  { fetch, now = Date.now }: { readonly fetch?: typeof globalThis.fetch | undefined; readonly now?: () => number } = {},
): IssuerClient {
  let discovered: { readonly found: Promise<client.Configuration>; readonly until: number } | null = null;

  async function discover(): Promise<client.Configuration> {
    const url = new URL(issuer.url);
    return client.discovery(
      url,
      issuer.clientId,
      { [client.clockTolerance]: issuer.clockToleranceSeconds },
      issuer.clientSecret === null ? client.None() : client.ClientSecretBasic(issuer.clientSecret),
      {
        timeout: answerSeconds,
        // Plain http is for this machine alone; the configuration refuses others. The signatures are checked in any case.
        execute: [
          client.enableNonRepudiationChecks,
          ...(url.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
        ...(fetch ? { [client.customFetch]: fetch as unknown as client.CustomFetch } : {}),
      },
    );
  }

  async function configuration(): Promise<client.Configuration> {
    if (discovered && discovered.until > performance.now()) return discovered.found;
    const found = discover();
    const entry = { found, until: performance.now() + rediscoverMs };
    discovered = entry;
    found.catch(() => {
      if (discovered === entry) discovered = null;
    });
    return found;
  }

  async function guarded<T>(work: (configuration: client.Configuration) => Promise<T>): Promise<T> {
    try {
      return await work(await configuration());
    } catch (error) {
      throw failedBy(error);
    }
  }

  function requireOnTime(claims: Claims | undefined): void {
    const ours = Math.floor(now() / 1_000);
    // The client checks `exp` and `nbf`; a token from the future means that one of the clocks is wrong.
    const { iat } = claims ?? {};
    if (typeof iat === 'number' && iat > ours + issuer.clockToleranceSeconds) throw clocksDiffer('iat', iat, ours);
  }

  /** What it says of the person now: in its token, and where people's data are read. */
  async function claimsOf(
    config: client.Configuration,
    answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
    sub: string,
  ): Promise<Claims | null> {
    const inToken = answer.claims();
    requireOnTime(inToken);
    // Before both are one: what is read of people says whose it is itself.
    if (inToken !== undefined && inToken.sub !== sub) {
      throw new IssuerFailed({ kind: 'INVALID' }, 'the issuer’s token names somebody else');
    }
    if (config.serverMetadata().userinfo_endpoint === undefined) return inToken ?? null;
    return { ...inToken, ...(await client.fetchUserInfo(config, answer.access_token, sub)) };
  }

  const kept = (answer: client.TokenEndpointResponse, before: KeptTokens | null): KeptTokens => {
    const refreshToken = answer.refresh_token ?? before?.refreshToken ?? null;
    const hint = answer.id_token ?? before?.hint ?? null;
    return {
      refreshToken: refreshToken !== null && refreshToken.length <= maxRefreshToken ? refreshToken : null,
      hint: hint !== null && hint.length <= maxHint ? hint : null,
    };
  };

  return {
    begin: (redirectUri) =>
      guarded(async (config) => {
        const verifier = client.randomPKCECodeVerifier();
        const state = client.randomState();
        const nonce = client.randomNonce();
        const offline = config.serverMetadata().scopes_supported?.includes('offline_access');
        const url = client.buildAuthorizationUrl(config, {
          scope: issuer.scopes ?? `openid profile email${offline ? ' offline_access' : ''}`,
          ...issuer.parameters,
          redirect_uri: redirectUri,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          nonce,
        });
        return { url: url.href, state, nonce, verifier };
      }),

    finish: (callback, { state, nonce, verifier }) =>
      guarded(async (config) => {
        const answer = await client.authorizationCodeGrant(config, callback, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const sub = answer.claims()?.sub;
        if (!isUserId(sub)) throw new IssuerFailed({ kind: 'INVALID' }, 'the issuer’s token names nobody');
        return { sub, claims: await claimsOf(config, answer, sub), tokens: kept(answer, null) };
      }),

    refresh: (tokens, sub) =>
      guarded(async (config) => {
        if (tokens.refreshToken === null) {
          throw new IssuerFailed({ kind: 'DENIED', forGood: true }, 'the issuer gave no refresh token');
        }
        const answer = await client.refreshTokenGrant(config, tokens.refreshToken);
        return { tokens: kept(answer, tokens), claims: () => guarded(() => claimsOf(config, answer, sub)) };
      }),

    signOutUrl: (tokens, back) =>
      guarded(async (config) => {
        if (config.serverMetadata().end_session_endpoint === undefined) return null;
        const parameters = { client_id: issuer.clientId, post_logout_redirect_uri: back };
        const plain = client.buildEndSessionUrl(config, parameters).href;
        if (tokens?.hint == null) return plain;
        const hinted = client.buildEndSessionUrl(config, { ...parameters, id_token_hint: tokens.hint }).href;
        return hinted.length <= maxUrl ? hinted : plain;
      }),
  };
}

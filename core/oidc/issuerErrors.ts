import * as client from 'openid-client';
import { sealFailureOf } from '../ground/undecryptable.ts';

/** Why an issuer did not let somebody in, or did not keep them. */
export type Failing =
  /** It could not be reached, or answered with a fault of its own. */
  | { readonly kind: 'AWAY' }
  /** It said no. */
  | {
      readonly kind: 'DENIED';
      /** Whether to this person or this token: otherwise to us, or something before it answered in its place. */
      readonly forGood: boolean;
    }
  /** Its answer does not hold: for another audience, from another issuer, not signed as it should be. */
  | { readonly kind: 'INVALID' }
  /** Its clock and ours differ too much. Times are seconds since 1970. */
  | { readonly kind: 'CLOCK'; readonly claim: string; readonly theirs: number; readonly ours: number };

/** An issuer failed. The message names what happened for the log, and holds no code, token or claim. */
export class IssuerFailed extends Error {
  override readonly name = 'IssuerFailed';
  readonly failing: Failing;

  constructor(failing: Failing, message: string) {
    super(message);
    this.failing = failing;
  }
}

const serverFault = 500;
/** What an issuer says of a person or of their token. All else, such as `invalid_client`, is said of this installation. */
const ofPerson: ReadonlySet<string> = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_grant',
  'login_required',
]);
/** What our registration there is at fault for. */
const ofRegistration: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client']);

/** @param error - the issuer's code, if it gave one */
function denied(status: number | null, error: string | null): IssuerFailed {
  const said = [status, error === null ? null : `"${plain(error)}"`].filter((each) => each !== null).join(' ');
  const advice = ofRegistration.has(error ?? '') ? ': see clientId and clientSecret in EVERHOOK_OIDC_ISSUERS' : '';
  return new IssuerFailed(
    isPassing(status) ? { kind: 'AWAY' } : { kind: 'DENIED', forGood: error !== null && ofPerson.has(error) },
    `the issuer answered ${error === null ? 'HTTP ' : ''}${said}${advice}`,
  );
}

const isPassing = (status: number | null): boolean => status !== null && (status >= serverFault || status === 429);

/** What is known of an error of the client: its causes hold tokens and claims, so it is never logged itself. */
export function failedBy(error: unknown): IssuerFailed {
  if (error instanceof IssuerFailed) return error;
  // Kept tokens that cannot be decrypted: nobody can ask the issuer, as if it were away.
  const sealed = sealFailureOf(error);
  if (sealed)
    return new IssuerFailed({ kind: 'AWAY' }, `the tokens of the session cannot be decrypted: ${sealed.message}`);
  if (error instanceof client.AuthorizationResponseError) {
    return denied(null, error.error);
  }
  if (error instanceof client.ResponseBodyError) {
    return denied(error.status, error.error);
  }
  const { code } = error as { code?: unknown };
  if (code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED') {
    const { claims, now, claim } = innermost(error) as {
      claims?: Record<string, unknown>;
      now?: number;
      claim?: string;
    };
    const theirs = Number(claims?.[claim ?? '']);
    if (claim !== undefined && Number.isFinite(theirs) && now !== undefined) return clocksDiffer(claim, theirs, now);
  }
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') {
    return denied((innermost(error) as { status?: number }).status ?? 0, null);
  }
  if (typeof code === 'string' && code.startsWith('OAUTH_') && code !== 'OAUTH_TIMEOUT' && code !== 'OAUTH_ABORT') {
    return new IssuerFailed(
      { kind: 'INVALID' },
      `the issuer’s answer does not hold: ${plain((error as Error).message)} (${code})`,
    );
  }
  return new IssuerFailed({ kind: 'AWAY' }, 'the issuer could not be reached');
}

/** Two clocks, for those who set them. */
export const clocksDiffer = (claim: string, theirs: number, ours: number): IssuerFailed =>
  new IssuerFailed(
    { kind: 'CLOCK', claim, theirs, ours },
    `the clocks differ: the issuer’s token says ${claim} ${timeOf(theirs)}, and it is ${timeOf(ours)} here`,
  );

const timeOf = (seconds: number): string => {
  const at = new Date(seconds * 1_000);
  return Number.isNaN(at.getTime()) ? String(seconds) : at.toISOString();
};

/** Error codes and the client's own messages: short, and without anything that was sent. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, '').slice(0, 120);

/** What the client put at the bottom of its errors. */
function innermost(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner;
}

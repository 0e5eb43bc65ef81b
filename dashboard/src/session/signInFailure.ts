import { dateFormat } from '../words/formats.ts';
import { wordsOf } from '../words/words.ts';

const kinds = ['USED', 'AWAY', 'DENIED', 'INVALID', 'CLOCK', 'TOO_MANY', 'UNKNOWN'] as const;

/** Why signing in by an issuer failed. */
export interface SignInFailure {
  readonly kind: (typeof kinds)[number];
  readonly issuer: string;
  /** Seconds since 1970, by the issuer's clock and by the server's. */
  readonly theirs: number;
  readonly ours: number;
}

/**
 * Takes the reason out of the address, where the server put it: `/#signin=USED&issuer=…`. Anybody can make such an address, so
 * {@link failureText} shows none of its texts that is not the name of an issuer.
 */
export function takeFailure(): SignInFailure | null {
  const said = new URLSearchParams(location.hash.slice(1));
  const kind = kinds.find((each) => each === said.get('signin'));
  if (kind === undefined) return null;
  // The whole address: a path that begins with two slashes would be another host's.
  history.replaceState(null, '', location.href.split('#')[0]);
  const seconds = (name: string) => Number(said.get(name)) || 0;
  return { kind, issuer: said.get('issuer') ?? '', theirs: seconds('theirs'), ours: seconds('ours') };
}

const times = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });

const timeText = (seconds: number): string => {
  const at = new Date(seconds * 1_000);
  return Number.isNaN(at.getTime()) ? String(seconds) : times().format(at);
};

const namesNobody: readonly SignInFailure['kind'][] = ['USED', 'TOO_MANY', 'UNKNOWN'];

/** @param issuers - those that there are */
export function failureText(
  { kind, issuer, theirs, ours }: SignInFailure,
  issuers: readonly { readonly label: string }[],
): string {
  const isKnown = namesNobody.includes(kind) || issuers.some(({ label }) => label === issuer);
  return wordsOf('session')(`failed.${isKnown ? kind : 'UNKNOWN'}`, {
    issuer,
    theirs: timeText(theirs),
    ours: timeText(ours),
  });
}

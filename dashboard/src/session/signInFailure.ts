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

const maxLabel = 60;

/** Takes the reason out of the address, where the server put it: `/#signin=USED&issuer=…`. */
export function takeFailure(): SignInFailure | null {
  const said = new URLSearchParams(location.hash.slice(1));
  const kind = kinds.find((each) => each === said.get('signin'));
  if (kind === undefined) return null;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  const seconds = (name: string) => Number(said.get(name)) || 0;
  const issuer = (said.get('issuer') ?? '').slice(0, maxLabel);
  return { kind, issuer, theirs: seconds('theirs'), ours: seconds('ours') };
}

const times = dateFormat({ dateStyle: 'medium', timeStyle: 'medium' });

const timeText = (seconds: number): string => {
  const at = new Date(seconds * 1_000);
  return Number.isNaN(at.getTime()) ? String(seconds) : times().format(at);
};

export function failureText({ kind, issuer, theirs, ours }: SignInFailure): string {
  return wordsOf('session')(`failed.${kind}`, { issuer, theirs: timeText(theirs), ours: timeText(ours) });
}

import { InvalidArgumentError } from 'commander';
import { usageError } from '../exit/codes.ts';
import { matches } from '../settings/values.ts';

/** Events of a type, or of a pattern such as `order.*`, go to this URL. */
export interface Route {
  readonly pattern: string;
  readonly url: string;
}

/** An error that quotes the argument, unless that may have a password. */
const refused = (given: string, why: string): Error =>
  given.includes('@') ? usageError(why) : new InvalidArgumentError(why);

/** An address of the developer's own server. `:3000/hooks` and `localhost:3000` are enough. */
export function localUrl(given: string): string {
  const text = /^:?\d+(\/|$)/.test(given) ? `http://localhost:${given.replace(/^:/, '')}` : given;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !/^https?:/i.test(text)) {
    throw refused(given, 'Requests go by http or https: give a URL such as http://localhost:3000/hooks.');
  }
  const whole = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(whole);
  } catch {
    throw refused(given, 'Give a URL such as http://localhost:3000/hooks.');
  }
  if (url.username || url.password) {
    throw refused(
      given,
      'A URL for requests has no user name and password: everybody gets only the headers of the webhook. Let your server take them without.',
    );
  }
  if (url.hash) throw refused(given, 'A URL for requests has no #.');
  return url.href;
}

/** `order.*=http://localhost:3000/orders`. */
export function route(text: string, before: readonly Route[] | undefined): readonly Route[] {
  const at = text.indexOf('=');
  if (at < 1) throw refused(text, 'Give it as type=url, such as order.*=http://localhost:3000/orders.');
  return [...(before ?? []), { pattern: text.slice(0, at), url: localUrl(text.slice(at + 1)) }];
}

/** Where an event goes: by the first route that fits, or else to the URL for all others. */
export const targetOf = (type: string, routes: readonly Route[], to: string | undefined): string | undefined =>
  routes.find(({ pattern }) => matches(pattern, type))?.url ?? to;

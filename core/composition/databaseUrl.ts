import { isIP } from 'node:net';

/** PostgreSQL's address in parts, which need no encoding. */
export interface DatabaseParts {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly name: string;
  /** Further parameters, as they stand after the `?` of a URL: `sslmode=verify-full&sslrootcert=/etc/ssl/db.pem`. */
  readonly parameters: string | null;
}

const form = 'must be postgresql://user:password@host:port/database, an IPv6 address in brackets, such as [::1]';
const encoding =
  'must have its user and password percent-encoded: @ as %40, : as %3A, / as %2F, # as %23, % as %25, ? as %3F, $ as %24 and a space as %20. Or set DATABASE_HOST, DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME instead, as they are';

/** A `%` that begins no escape, white space, and the mark of a fragment, which such a URL has not. */
const unencoded = /%(?![0-9a-f]{2})|[\s#]/i;

/**
 * Says what is wrong with a PostgreSQL URL, without a part of it; null if nothing is. A URL whose password has a
 * character that means something in URLs is refused, because programs would take it apart in different ways, and some
 * print the part that they take for the host.
 */
export function databaseUrlProblem(text: string): string | null {
  const rest = /^postgres(?:ql)?:\/\/(.*)$/is.exec(text)?.[1];
  if (rest === undefined) return form;
  const authority = /^[^/?#]*/.exec(rest)?.[0] as string;
  const parts = rest.split('@');
  const [userinfo = '', afterwards] = parts;
  // One @ and one : before it, or the password has one of its own; an @ beyond the authority means that a / ? or # of the
  // password has ended it.
  const torn = parts.length > 2 || (afterwards !== undefined && !authority.includes('@'));
  const inUserinfo = afterwards !== undefined && (/\$/.test(userinfo) || userinfo.split(':').length > 2);
  if (torn || inUserinfo || unencoded.test(rest)) return encoding;
  if (!URL.canParse(text) || new URL(text).pathname.length < 2) return form;
  return null;
}

/** A database's name in a URL: PostgreSQL's client does not decode these characters in it. */
const notInName = /[;,/?:@&=+$#\s]/;

/** Says what is wrong with the parts, by the names of their settings; empty if nothing is. */
export function databasePartsProblems({ host, name, parameters }: DatabaseParts): string[] {
  const problems: string[] = [];
  if (!host.startsWith('/') && isIP(host) === 0 && !/^[\w.-]{1,253}$/.test(host)) {
    problems.push(
      "DATABASE_HOST: must be a host name, an address (IPv6 without brackets), or the path of a Unix socket's folder.",
    );
  }
  if (notInName.test(name)) {
    problems.push('DATABASE_NAME: must have no space and none of ; , / ? : @ & = + $ # in it.');
  }
  if (parameters !== null && (/[#\s]/.test(parameters) || /(^|&)(host|port|user|password)=/.test(parameters))) {
    problems.push(
      'DATABASE_PARAMETERS: must be name=value with & between them, such as sslmode=require, without host, port, user and password.',
    );
  }
  return problems;
}

/** The URL of parts that have no problems. */
export function databaseUrlOf({ host, port, user, password, name, parameters }: DatabaseParts): string {
  const socket = host.startsWith('/');
  const credentials =
    user === null ? '' : `${encodeURIComponent(user)}${password === null ? '' : `:${encodeURIComponent(password)}`}@`;
  // The parameter has priority over the host, without which a URL has no place for a user.
  const where = `${socket ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host}${port === null ? '' : `:${port}`}`;
  const query = [socket ? `host=${encodeURIComponent(host)}` : null, parameters]
    .filter((part) => part !== null)
    .join('&');
  return `postgresql://${credentials}${where}/${encodeURIComponent(name)}${query === '' ? '' : `?${query}`}`;
}

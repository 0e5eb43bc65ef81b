import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../json/parseJson.ts';
import type { Issuer, RoleRule } from '../oidc/issuer.ts';

const key = 'EVERHOOK_OIDC_ISSUERS';
const maxIssuers = 20;
const maxRules = 1_000;

const loopbackHost = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whoever sits between this server and an issuer without TLS could say who anybody is. Loopback is safe. */
function isIssuerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && loopbackHost.test(hostname));
  return isSafe && `${username}${password}${search}${hash}` === '';
}

const text = (max: number) =>
  z
    .string({ error: 'must be a text' })
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` });

const ruleShape = z.strictObject(
  {
    group: text(500).optional(),
    claim: text(200).optional(),
    is: text(500).optional(),
    everyone: z.literal(true, { error: 'must be true, or left out' }).optional(),
    organization: text(255),
    project: text(255).optional(),
    role: z.enum(['OWNER', 'ADMIN', 'MEMBER', 'VIEWER', 'PROJECT_ADMIN'], {
      error: 'must be OWNER, ADMIN, MEMBER, VIEWER or PROJECT_ADMIN',
    }),
  },
  {
    error:
      'must be an object with group, claim and is, or everyone; organization; role; for PROJECT_ADMIN also project',
  },
);

const rule = ruleShape.transform(({ group, claim, is, everyone, organization, project, role }, context): RoleRule => {
  const fail = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  const ways = [group, claim, everyone].filter((way) => way !== undefined).length;
  if (ways !== 1) return fail('must have exactly one of group, claim (with is) and everyone');
  if ((claim === undefined) !== (is === undefined)) return fail('must have claim and is together');
  if ((role === 'PROJECT_ADMIN') !== (project !== undefined)) {
    return fail('must have project with the role PROJECT_ADMIN, and with no other');
  }
  const whom =
    group !== undefined ? { group } : claim !== undefined ? { claim, is: is as string } : ({ everyone: true } as const);
  return { for: whom, organization, project: project ?? null, role };
});

const issuer = z.strictObject(
  {
    name: z.string({ error: 'must be a text' }).regex(/^[a-z0-9][a-z0-9-]{0,31}$/, {
      error: 'must be 1 to 32 of a-z, 0-9 and -, beginning with a letter or digit: it stands in the callback’s address',
    }),
    label: text(60).optional(),
    issuer: z.string({ error: 'must be a text' }).refine(isIssuerUrl, {
      error: 'must be the issuer’s https URL as its tokens have it, without a query (http for this machine only)',
    }),
    clientId: text(500),
    clientSecret: text(2_000).optional(),
    clientSecretFile: z
      .string({ error: 'must be a text' })
      .refine(isAbsolute, { error: 'must be an absolute path' })
      .optional(),
    scopes: text(1_000)
      .refine((scopes) => scopes.split(/ +/).includes('openid'), { error: 'must have openid among them' })
      .optional(),
    parameters: z.record(text(100), text(2_000), { error: 'must be an object of texts' }).default({}),
    groupsClaim: text(200).default('groups'),
    roles: z
      .array(rule, { error: 'must be a list' })
      .max(maxRules, { error: `must have at most ${maxRules} rules` })
      .default([]),
    createMembers: z.boolean({ error: 'must be true or false' }).default(true),
    clockTolerance: z
      .number({ error: 'must be a number of seconds' })
      .int({ error: 'must be whole seconds' })
      .min(0, { error: 'must be 0 to 300' })
      .max(300, { error: 'must be 0 to 300' })
      .default(10),
  },
  { error: 'must be an object with name, issuer and clientId; docs/signin.md names the rest' },
);

const issuers = z
  .array(issuer, { error: 'must be a list of issuers' })
  .max(maxIssuers, { error: `must have at most ${maxIssuers} issuers` });

/** `[0].roles[2].role` */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.map((each) => (typeof each === 'number' ? `[${each}]` : `.${String(each)}`)).join('');

/** Parameters that the product sets itself: another value would take its protection away. */
const ownParameters =
  /^(client_id|redirect_uri|response_type|response_mode|scope|state|nonce|code_challenge|code_challenge_method|request|request_uri)$/;

/**
 * Reads the issuers of OpenID Connect.
 *
 * @returns also a line for each thing at fault; no line has a value in it
 */
export function issuersOf(
  json: string | undefined,
  publicUrl: string | undefined,
): { readonly issuers: readonly Issuer[]; readonly problems: readonly string[] } {
  if (json === undefined) return { issuers: [], problems: [] };
  let given: unknown;
  try {
    given = parseJson(json);
  } catch {
    return { issuers: [], problems: [`${key}: is no JSON. It is a list of issuers (docs/signin.md).`] };
  }
  const result = issuers.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => {
      // What zod says of unknown members names them, and a name may be a secret in the wrong place.
      const message = issue.code === 'unrecognized_keys' ? 'has a member that there is not' : issue.message;
      return `${key}${pathOf(issue.path)}: ${message}.`;
    });
    return { issuers: [], problems };
  }
  const problems: string[] = [];
  const read = result.data.map((each, index): Issuer => {
    const at = `${key}[${index}]`;
    const { label, issuer: url, clientSecret, clientSecretFile, scopes, clockTolerance, ...rest } = each;
    const reserved = Object.keys(rest.parameters).find((name) => ownParameters.test(name));
    if (reserved !== undefined) problems.push(`${at}.parameters: must not have ${reserved}: Everhook sets it itself.`);
    if (clientSecret !== undefined && clientSecretFile !== undefined) {
      problems.push(`${at}.clientSecretFile: must not be set together with clientSecret: choose one.`);
    }
    return {
      ...rest,
      label: label ?? each.name,
      url,
      clientSecret: clientSecret ?? (clientSecretFile === undefined ? null : secretIn(clientSecretFile, at, problems)),
      scopes: scopes ?? null,
      clockToleranceSeconds: clockTolerance,
    };
  });
  for (const [member, values] of [
    ['name', read.map(({ name }) => name)],
    ['issuer', read.map(({ url }) => url)],
  ] as const) {
    const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
    if (twice !== -1) problems.push(`${key}[${twice}].${member}: is the same as an earlier one’s: each has its own.`);
  }
  if (read.length > 0 && !isWayBack(publicUrl)) {
    problems.push(
      `EVERHOOK_PUBLIC_URL: ${publicUrl === undefined ? 'is missing' : 'must be https'}. ${key} needs it: issuers lead people back there (http only for localhost).`,
    );
  }
  return { issuers: read, problems };
}

/** Whether a browser can come back there with a session's cookie. */
function isWayBack(publicUrl: string | undefined): boolean {
  if (publicUrl === undefined) return false;
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'https:' || loopbackHost.test(hostname);
}

function secretIn(path: string, at: string, problems: string[]): string | null {
  try {
    const secret = readFileSync(path, 'utf8').trim();
    if (secret !== '') return secret;
    problems.push(`${at}.clientSecretFile: the file is empty. It must hold the client’s secret.`);
  } catch (error) {
    const { code = 'no reason was given' } = error as NodeJS.ErrnoException;
    problems.push(`${at}.clientSecretFile: the file cannot be read (${code}).`);
  }
  return null;
}

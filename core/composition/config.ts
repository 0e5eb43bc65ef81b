import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { TokenRules } from '../access/jwt.ts';
import type { DispatchLimits } from '../deliveries/dispatcher.ts';

/** Everything the environment decides, checked. This is the one module that reads it. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where a worker process shows its metrics; null: nowhere. */
  readonly workerMetricsPort: number | null;
  /** Where others reach this installation, without a slash at its end; null where that is host and port. */
  readonly publicUrl: string | null;
  /** Null where the embedded PostgreSQL is to be used. */
  readonly databaseUrl: string | null;
  readonly temporal: {
    /** `host:port`; null where a local Temporal is to be used. */
    readonly address: string | null;
    readonly namespace: string;
    readonly tls: boolean | { readonly serverName: string };
    readonly apiKey: string | null;
  };
  /** Where people find Temporal's own UI, without a slash at its end; null where nobody said. */
  readonly temporalUiUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly operatorKey: string | null;
  /** How users' tokens are checked; null where users cannot come with one. */
  readonly jwt: TokenRules | null;
  /** CIDR ranges of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly graphql: {
    /** Whether browsers get GraphiQL. In development they do. */
    readonly graphiql: boolean;
    /** File of the documents that the installation trusts, absolute; null: none. */
    readonly trustedDocuments: string | null;
    /** Whether it runs no others. */
    readonly trustedOnly: boolean;
  };
  /** Text for `parseKeyRing`; null where a key is to be kept in the data folder. */
  readonly encryptionKeys: string | null;
  /** Plain http to webhooks, for development only. */
  readonly allowHttp: boolean;
  /** CIDR ranges that webhooks may resolve to although they are not public, for development only. */
  readonly allowedPrivateRanges: readonly string[];
  /** CIDR ranges that deliveries leave from, published so that receivers can allow them. */
  readonly egressIpRanges: readonly string[];
  /** How long the delivery log is kept, in milliseconds; null: for ever. */
  readonly retentionMs: number | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Requests to webhooks in flight at once. */
  readonly concurrency: DispatchLimits;
  readonly limits: {
    /** Largest request body, in bytes. */
    readonly bodyBytes: number;
    /** Calls a principal may make each second, on average. */
    readonly ratePerSecond: number;
  };
}

/** The environment is not usable as it is. Names every key at fault and never a value: values may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** One for each key at fault: `KEY: what is wrong and what to write`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The environment needs mending before Everhook can start:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const integer = (least: number, most: number, fallback: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .transform(Number)
    .default(fallback);

const flag = z
  .string()
  .refine((text) => ['true', '1', 'false', '0'].includes(text), { error: 'must be true or false' })
  .transform((text) => text === 'true' || text === '1')
  .default(false);

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && pathname.length > 1;
}

function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

function isAddress(text: string): boolean {
  const match = /^([^\s/:]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(text);
  return match !== null && Number(match[2]) >= 1 && Number(match[2]) <= 65_535;
}

function isRange(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

const ranges = z
  .string()
  .transform((text) => text.split(',').map((range) => range.trim()))
  .refine((list) => list.every(isRange), {
    error: 'must be CIDR ranges with commas between them, such as 127.0.0.0/8,::1/128',
  })
  .default([]);

const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const symmetric = ['HS256', 'HS384', 'HS512'];

/** A key set fetched in the clear could be anybody's; on this machine alone there is nobody between. */
function isJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && loopback)) && username === '' && password === '';
}

const Environment = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, { error: 'must be an address or host name to listen on, such as 127.0.0.1' })
    .default('127.0.0.1'),
  PORT: integer(0, 65_535, 4_000),
  EVERHOOK_WORKER_METRICS_PORT: integer(1, 65_535, 0),
  EVERHOOK_PUBLIC_URL: z
    .string()
    .refine(isPublicUrl, {
      error: 'must be http:// or https:// and a host, without a query, such as https://hooks.example.com',
    })
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, { error: 'must be postgresql://user:password@host:port/database' })
    .optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .refine(isAddress, { error: 'must be host:port, such as 127.0.0.1:7233, without a scheme' })
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[\w.-]{1,255}$/, { error: 'must be a namespace name: letters, digits, dots, dashes' })
    .default('default'),
  TEMPORAL_TLS: z
    .string()
    .refine((text) => /^[\w.-]+$/.test(text), { error: 'must be true, false, or the server name to verify' })
    .optional(),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
  EVERHOOK_TEMPORAL_UI_URL: z
    .string()
    .refine(isPublicUrl, {
      error: 'must be http:// or https:// and a host, without a query, such as https://temporal.example.com',
    })
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  EVERHOOK_DATA_DIR: z.string().default('.everhook'),
  EVERHOOK_OPERATOR_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{24,256}$/, { error: 'must be 24 to 256 printable characters without spaces' })
    .optional(),
  EVERHOOK_ENCRYPTION_KEYS: z.string().optional(),
  EVERHOOK_JWT_JWKS_URL: z
    .string()
    .refine(isJwksUrl, { error: 'must be an https URL without a user (http on this machine alone)' })
    .optional(),
  EVERHOOK_JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must be at least 32 bytes of chance' })
    .optional(),
  EVERHOOK_JWT_ISSUER: z.string().optional(),
  EVERHOOK_JWT_AUDIENCE: z.string().optional(),
  EVERHOOK_JWT_ALGORITHMS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((list) => list.every((name) => [...asymmetric, ...symmetric].includes(name)), {
      error: `must be one or more of ${[...asymmetric, ...symmetric].join(', ')}, with commas between them`,
    })
    .optional(),
  EVERHOOK_JWT_CLOCK_TOLERANCE: integer(0, 300, 10),
  EVERHOOK_TRUSTED_PROXIES: ranges,
  EVERHOOK_ALLOW_HTTP: flag,
  EVERHOOK_ALLOWED_PRIVATE_RANGES: ranges,
  EVERHOOK_EGRESS_RANGES: ranges,
  EVERHOOK_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  EVERHOOK_RETENTION_DAYS: integer(2, 3_650, 0),
  EVERHOOK_CONCURRENCY: integer(1, 10_000, 256),
  EVERHOOK_WEBHOOK_CONCURRENCY: integer(1, 10_000, 64),
  EVERHOOK_RATE_LIMIT: integer(1, 1_000_000, 5_000),
  EVERHOOK_GRAPHIQL: flag,
  EVERHOOK_TRUSTED_DOCUMENTS: z.string().optional(),
  EVERHOOK_TRUSTED_DOCUMENTS_ONLY: flag,
});

type Key = keyof typeof Environment.shape;
const KEYS = Object.keys(Environment.shape) as Key[];

/** What a process of the other kind never reads: a secret goes to none that has no use for it. */
const unread: Readonly<Record<'api' | 'worker', RegExp>> = {
  api: /^EVERHOOK_WORKER_/,
  worker: /^EVERHOOK_(OPERATOR_KEY|JWT_\w+|TRUSTED_PROXIES|RATE_LIMIT|PUBLIC_URL|TEMPORAL_UI_URL)$|^PORT$/,
};

/** Those of the settings that an API process, or a worker process, reads. */
export function settingsOf(kind: 'api' | 'worker', env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const read = KEYS.filter((key) => env[key] !== undefined && !unread[kind].test(key));
  return Object.fromEntries(read.map((key) => [key, env[key]]));
}

function unknownKeys(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter((key) => key.startsWith('EVERHOOK_') && !KEYS.includes(key as Key))
    .map((key) => {
      const nearest = closest(
        key,
        KEYS.filter((known) => known.startsWith('EVERHOOK_')),
      );
      const hint = distance(key, nearest) <= 5 ? ` Was ${nearest} meant?` : ` Known are ${KEYS.join(', ')}.`;
      return `${key}: there is no such setting, probably a typing error.${hint}`;
    });
}

function tlsOf(text: string | undefined, apiKey: string | undefined): Config['temporal']['tls'] {
  // An API key must not travel in the clear.
  if (text === undefined) return apiKey !== undefined;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return { serverName: text };
}

/** Users' tokens, and what is wrong with the keys as a whole. */
function jwtOf(values: z.output<typeof Environment>): { jwt: Config['jwt']; problems: string[] } {
  const { EVERHOOK_JWT_JWKS_URL: jwksUrl, EVERHOOK_JWT_SECRET: secret } = values;
  const issuer = values.EVERHOOK_JWT_ISSUER ?? null;
  const audience = values.EVERHOOK_JWT_AUDIENCE ?? null;
  const chosen = values.EVERHOOK_JWT_ALGORITHMS;
  if (jwksUrl === undefined && secret === undefined) {
    const given = Object.entries({ ISSUER: issuer, AUDIENCE: audience, ALGORITHMS: chosen }).filter(
      ([, value]) => value,
    );
    const problems = given.map(
      ([name]) => `EVERHOOK_JWT_${name}: says nothing without EVERHOOK_JWT_JWKS_URL or EVERHOOK_JWT_SECRET.`,
    );
    return { jwt: null, problems };
  }
  const problems: string[] = [];
  if (jwksUrl !== undefined && secret !== undefined) {
    problems.push('EVERHOOK_JWT_SECRET: must not be set together with EVERHOOK_JWT_JWKS_URL: choose one.');
  }
  if (jwksUrl !== undefined) {
    // A provider signs tokens for many: without these, a token for any other service would open this one.
    if (issuer === null) problems.push('EVERHOOK_JWT_ISSUER: is missing. It goes with EVERHOOK_JWT_JWKS_URL.');
    if (audience === null) problems.push('EVERHOOK_JWT_AUDIENCE: is missing. It goes with EVERHOOK_JWT_JWKS_URL.');
  }
  const fitting = jwksUrl === undefined ? symmetric : asymmetric;
  if (chosen?.some((name) => !fitting.includes(name))) {
    const [kind, key] = jwksUrl === undefined ? ['HMAC', 'SECRET'] : ['asymmetric', 'JWKS_URL'];
    problems.push(`EVERHOOK_JWT_ALGORITHMS: must be ${kind} ones with EVERHOOK_JWT_${key}: ${fitting.join(', ')}.`);
  }
  const keys = jwksUrl === undefined ? { secret: secret as string } : { jwksUrl };
  const algorithms = chosen ?? (jwksUrl === undefined ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']);
  const clockToleranceSeconds = values.EVERHOOK_JWT_CLOCK_TOLERANCE;
  return { jwt: { keys, issuer, audience, algorithms, clockToleranceSeconds }, problems };
}

/**
 * Reads the whole environment at once. An empty value counts as absent, as compose files and shells produce them.
 *
 * @throws {@link ConfigError} naming every key at fault
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(KEYS.map((key) => [key, env[key]?.trim() || undefined]));
  const result = Environment.safeParse(present);
  const problems = unknownKeys(env);
  if (!result.success) {
    // Zod's own messages may repeat the input; only messages written here say what is wrong.
    for (const issue of result.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}.`);
  }
  if (present.TEMPORAL_API_KEY !== undefined && ['false', '0'].includes(present.TEMPORAL_TLS ?? '')) {
    problems.push('TEMPORAL_TLS: must not be false together with TEMPORAL_API_KEY, which would travel unencrypted.');
  }
  const users = result.success ? jwtOf(result.data) : null;
  if (users) problems.push(...users.problems);
  if (!result.success || !users || problems.length > 0) throw new ConfigError(problems);
  const values = result.data;
  const { EVERHOOK_TRUSTED_DOCUMENTS: trusted } = values;
  return {
    host: values.HOST,
    port: values.PORT,
    workerMetricsPort: values.EVERHOOK_WORKER_METRICS_PORT || null,
    publicUrl: values.EVERHOOK_PUBLIC_URL ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    temporal: {
      address: values.TEMPORAL_ADDRESS ?? null,
      namespace: values.TEMPORAL_NAMESPACE,
      tls: tlsOf(values.TEMPORAL_TLS, values.TEMPORAL_API_KEY),
      apiKey: values.TEMPORAL_API_KEY ?? null,
    },
    temporalUiUrl: values.EVERHOOK_TEMPORAL_UI_URL ?? null,
    dataDir: resolve(values.EVERHOOK_DATA_DIR),
    operatorKey: values.EVERHOOK_OPERATOR_KEY ?? null,
    graphql: {
      graphiql: present.EVERHOOK_GRAPHIQL === undefined ? env.NODE_ENV === 'development' : values.EVERHOOK_GRAPHIQL,
      trustedDocuments: trusted === undefined ? null : resolve(trusted),
      trustedOnly: values.EVERHOOK_TRUSTED_DOCUMENTS_ONLY,
    },
    encryptionKeys: values.EVERHOOK_ENCRYPTION_KEYS ?? null,
    jwt: users.jwt,
    trustedProxies: values.EVERHOOK_TRUSTED_PROXIES,
    allowHttp: values.EVERHOOK_ALLOW_HTTP,
    allowedPrivateRanges: values.EVERHOOK_ALLOWED_PRIVATE_RANGES,
    egressIpRanges: values.EVERHOOK_EGRESS_RANGES,
    retentionMs: values.EVERHOOK_RETENTION_DAYS * 86_400_000 || null,
    logLevel: values.EVERHOOK_LOG_LEVEL,
    concurrency: {
      perProcess: values.EVERHOOK_CONCURRENCY,
      perWebhook: values.EVERHOOK_WEBHOOK_CONCURRENCY,
    },
    limits: { bodyBytes: 1024 * 1024, ratePerSecond: values.EVERHOOK_RATE_LIMIT },
  };
}

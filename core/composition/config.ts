import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { TokenRules } from '../access/jwt.ts';
import type { DispatchLimits } from '../deliveries/dispatcher.ts';
import { type LogLevel, logLevels } from '../ground/logLevel.ts';
import type { Issuer } from '../oidc/issuer.ts';
import type { ProxyAddress } from '../sender/egress.ts';
import { type SessionLimits, usualSessionLimits } from '../sessions/limits.ts';
import type { TelemetrySettings } from '../telemetry/settings.ts';
import { databasePartsProblems, databaseUrlOf, databaseUrlProblem } from './databaseUrl.ts';
import { issuersOf } from './issuersConfig.ts';
import { isProxyUrl, proxyOf } from './proxyUrl.ts';
import { secretNames, secretsFromFiles } from './secretFiles.ts';
import { readTelemetry } from './telemetryConfig.ts';
import { type TemporalTls, temporalTlsOf } from './temporalTls.ts';

/** All settings from the environment, validated. Only this module reads them. */
export interface Config {
  /** An address or name to listen on; `::` for every address, whichever of IPv4 and IPv6 the machine has. */
  readonly host: string;
  readonly port: number;
  /** How long an API process that was asked to end still takes requests, in milliseconds. */
  readonly shutdownDelayMs: number;
  /** Port on which an API process serves its metrics; null for its one port. */
  readonly apiMetricsPort: number | null;
  /** Port on which a worker process serves its metrics; null for none. */
  readonly workerMetricsPort: number | null;
  /**
   * URL at which others reach this installation, without a trailing slash; null for host and port. If it has a path, everything
   * is served below that.
   */
  readonly publicUrl: string | null;
  /** In one piece, whether it was set so or in parts. Null for the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly temporal: {
    /** `host:port`; null for a local Temporal. */
    readonly address: string | null;
    readonly namespace: string;
    readonly tls: boolean | TemporalTls;
    readonly apiKey: string | null;
  };
  /** URL of Temporal's own UI, without a trailing slash; null if it is not set. */
  readonly temporalUiUrl: string | null;
  /** A Temporal CLI to run in place of one that is found: an absolute path, or a name on the PATH. */
  readonly temporalCli: string | null;
  /** Absolute path. */
  readonly dataDir: string;
  readonly operatorKey: string | null;
  /** How users' tokens are verified; null if none are accepted. */
  readonly jwt: TokenRules | null;
  /** The issuers of OpenID Connect, by whom people sign in. @default none */
  readonly issuers?: readonly Issuer[];
  /** How long sessions of the dashboard last. Absent: {@link usualSessionLimits}. */
  readonly sessions?: SessionLimits;
  /** CIDR ranges of proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[];
  readonly graphql: {
    /** Whether browsers get GraphiQL. @default true in development, otherwise false */
    readonly graphiql: boolean;
    /** Absolute path of the file of trusted documents; null for none. */
    readonly trustedDocuments: string | null;
    /** Whether only trusted documents run. */
    readonly trustedOnly: boolean;
  };
  /** Text for `parseKeyRing`; null for a key in the data folder. */
  readonly encryptionKeys: string | null;
  /** Whether webhooks may have plain http URLs, for development only. */
  readonly allowHttp: boolean;
  /** CIDR ranges of private addresses that webhooks may resolve to, for development only. */
  readonly allowedPrivateRanges: readonly string[];
  /** How connections to receivers and to tracker APIs leave this machine. */
  readonly outbound: {
    /** Null: directly. */
    readonly proxy: ProxyAddress | null;
    /** At most one IPv4 and one IPv6 address to connect from. */
    readonly addresses: readonly string[];
    /** Absolute path of a file of PEM certificates to trust beside the usual ones; null for none. */
    readonly certificates: string | null;
  };
  /** CIDR ranges that deliveries leave from, published so that receivers can allow them. */
  readonly egressIpRanges: readonly string[];
  /** How long the delivery log is kept, in milliseconds; null means for ever. */
  readonly retentionMs: number | null;
  /** The same of the audit log, and of the receipts of deletions. */
  readonly auditRetentionMs: number | null;
  readonly logLevel: LogLevel;
  /** What goes to an OpenTelemetry collector. Absent or null: nothing. */
  readonly telemetry?: TelemetrySettings | null;
  /** Limits on requests to webhooks in flight at once. */
  readonly concurrency: DispatchLimits;
  readonly limits: {
    /** Largest request body, in bytes. */
    readonly bodyBytes: number;
    /** Calls that a principal may make each second, on average. */
    readonly ratePerSecond: number;
  };
}

/** Settings are invalid or missing. Names every such key and never a value, because values may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** One for each invalid key: `KEY: what is wrong and what to write`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Everhook cannot start. Fix these environment variables:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

const hourMs = 3_600_000;

const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    })
    .transform(Number)
    .default(fallback);

const flag = z
  .string()
  .refine((text) => ['true', '1', 'false', '0'].includes(text), { error: 'must be true or false' })
  .transform((text) => text === 'true' || text === '1')
  .default(false);

function isPublicUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash, hostname } = new URL(text);
  // Names of a gateway's routes may have a *, which no browser can open.
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '' && !hostname.includes('*');
}

/** The path is put into pages, so it has only characters that mean nothing there. */
const isPlainPath = (text: string): boolean => !isPublicUrl(text) || /^(\/[\w.~-]+)*\/*$/.test(new URL(text).pathname);

/** Below such a path, a request whose path a proxy has taken off could not be told from one that has it. */
const isOwnPath = (text: string): boolean =>
  isPublicUrl(text) &&
  /^\/(graphql|graphiql|v1|api|assets|portal|session|o|healthz|readyz|metrics)(\/|$)/.test(new URL(text).pathname);

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

/** A key set fetched without TLS can be forged by anybody on the way. Loopback is safe. */
function isJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return (protocol === 'https:' || (protocol === 'http:' && loopback)) && username === '' && password === '';
}

const environment = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, { error: 'must be an address or host name to listen on, such as 127.0.0.1' })
    .default('127.0.0.1'),
  PORT: integer(0, 65_535, 4_000),
  EVERHOOK_SHUTDOWN_DELAY: integer(0, 300, 0),
  EVERHOOK_API_METRICS_PORT: integer(1, 65_535, 0),
  EVERHOOK_WORKER_METRICS_PORT: integer(1, 65_535, 0),
  EVERHOOK_PUBLIC_URL: z
    .string()
    .refine(isPublicUrl, {
      error: 'must be http:// or https:// and a host, without a query, such as https://hooks.example.com',
    })
    .refine((text) => !isOwnPath(text), { error: 'must have another path: Everhook serves that one itself' })
    .refine(isPlainPath, { error: 'must have a path of letters, digits and . _ ~ - alone, such as /hooks, or none' })
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: z
    .string()
    .superRefine((text, context) => {
      const problem = databaseUrlProblem(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  DATABASE_HOST: z.string().optional(),
  DATABASE_PORT: integer(1, 65_535, 0),
  DATABASE_USER: z.string().optional(),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_NAME: z.string().optional(),
  DATABASE_PARAMETERS: z.string().optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .refine(isAddress, {
      error: 'must be host:port, such as 127.0.0.1:7233, without a scheme, and an IPv6 address in brackets: [::1]:7233',
    })
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[\w.-]{1,255}$/, { error: 'must be a namespace name: letters, digits, dots, dashes' })
    .default('default'),
  TEMPORAL_TLS: z
    .string()
    .refine((text) => /^[\w.-]+$/.test(text), { error: 'must be true, false, or the server name to verify' })
    .optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: z.string().optional(),
  TEMPORAL_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, { error: 'must be the key alone: printable characters without spaces' })
    .optional(),
  EVERHOOK_TEMPORAL_UI_URL: z
    .string()
    .refine(isPublicUrl, {
      error: 'must be http:// or https:// and a host, without a query, such as https://temporal.example.com',
    })
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
  EVERHOOK_TEMPORAL_CLI: z.string().optional(),
  EVERHOOK_DATA_DIR: z.string().default('.everhook'),
  EVERHOOK_OPERATOR_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{24,256}$/, { error: 'must be 24 to 256 printable characters without spaces' })
    .optional(),
  EVERHOOK_ENCRYPTION_KEYS: z.string().optional(),
  EVERHOOK_JWT_JWKS_URL: z
    .string()
    .refine(isJwksUrl, { error: 'must be an https URL without a user (http for this machine only)' })
    .optional(),
  EVERHOOK_JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must be at least 32 random bytes' })
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
  EVERHOOK_OIDC_ISSUERS: z.string().optional(),
  EVERHOOK_SESSION_IDLE_HOURS: integer(1, 8_760, usualSessionLimits.idleMs / hourMs),
  EVERHOOK_SESSION_MAX_HOURS: integer(1, 8_760, usualSessionLimits.maxMs / hourMs),
  EVERHOOK_TRUSTED_PROXIES: ranges,
  EVERHOOK_ALLOW_HTTP: flag,
  EVERHOOK_ALLOWED_PRIVATE_RANGES: ranges,
  EVERHOOK_EGRESS_RANGES: ranges,
  EVERHOOK_EGRESS_ADDRESSES: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine((list) => list.every((each) => isIP(each)) && new Set(list.map(isIP)).size === list.length, {
      error: 'must be an IPv4 address of this machine, an IPv6 address, or one of each with a comma between them',
    })
    .default([]),
  EVERHOOK_PROXY_URL: z
    .string()
    .refine(isProxyUrl, {
      error:
        'must be http://host:port or https://host:port, with user:password@ before the host where the proxy asks for them, percent-encoded (@ as %40, : as %3A, / as %2F, % as %25)',
    })
    .transform(proxyOf)
    .optional(),
  EVERHOOK_CA_FILE: z.string().optional(),
  EVERHOOK_LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
  EVERHOOK_RETENTION_DAYS: integer(2, 3_650, 0),
  EVERHOOK_AUDIT_RETENTION_DAYS: integer(30, 36_500, 0),
  EVERHOOK_CONCURRENCY: integer(1, 10_000, 256),
  EVERHOOK_WEBHOOK_CONCURRENCY: integer(1, 10_000, 64),
  EVERHOOK_RATE_LIMIT: integer(1, 1_000_000, 5_000),
  EVERHOOK_GRAPHIQL: flag,
  EVERHOOK_TRUSTED_DOCUMENTS: z.string().optional(),
  EVERHOOK_TRUSTED_DOCUMENTS_ONLY: flag,
  EVERHOOK_TRACEPARENT_RATE: integer(0, 1_000_000, 100),
});

type SettingName = keyof typeof environment.shape;
const settingNames: string[] = Object.keys(environment.shape);
/** Every key that is read, also those that name a file with a setting's value. */
const knownNames = [...settingNames, ...secretNames.map((name) => `${name}_FILE`)];

/** Settings that a kind of process never reads: it gets no secret that it does not need. */
const unreadBy: Readonly<Record<'api' | 'worker', RegExp>> = {
  api: /^EVERHOOK_(WORKER_\w+|TEMPORAL_CLI)$/,
  worker:
    /^EVERHOOK_(TEMPORAL_CLI|API_METRICS_PORT|OPERATOR_KEY(_FILE)?|JWT_\w+|OIDC_\w+|SESSION_\w+|TRUSTED_PROXIES|RATE_LIMIT|SHUTDOWN_DELAY|PUBLIC_URL|TEMPORAL_UI_URL|GRAPHIQL|TRUSTED_DOCUMENTS(_ONLY)?)$|^PORT$/,
};

/** Empty values of the parts of PostgreSQL's address, for an environment that has it in one piece. */
export const noDatabaseParts: Readonly<NodeJS.ProcessEnv> = Object.fromEntries(
  settingNames.filter((key) => /^DATABASE_(?!URL$)/.test(key)).map((key) => [key, '']),
);

/** Selects the settings that an API process or a worker process reads. */
export function settingsOf(kind: 'api' | 'worker', env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = (key: string) =>
    env[key] !== undefined && !(key.endsWith('_FILE') && env[key.slice(0, -'_FILE'.length)]?.trim());
  // The packages of OpenTelemetry read more of its variables than are checked here.
  const own = Object.keys(env).filter((key) => key.startsWith('OTEL_'));
  const read = [...knownNames, ...own].filter((key) => given(key) && !unreadBy[kind].test(key));
  // The processes run in another folder.
  const absolute = (key: string, value = '') =>
    /_(FILE|PATH|TRUSTED_DOCUMENTS|CERTIFICATE|CLIENT_KEY)$/.test(key) && value.trim() ? resolve(value.trim()) : value;
  return Object.fromEntries(read.map((key) => [key, absolute(key, env[key])]));
}

/** Variables that Kubernetes sets for a Service whose name begins with `everhook`. */
const serviceLink = /^EVERHOOK_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** Settings of the command line, which a developer's shell may have: no service reads them. */
const cliNames = ['URL', 'KEY', 'PROJECT', 'CONTEXT', 'LISTEN_SECRET'].map((name) => `EVERHOOK_${name}`);

function unknownKeys(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter((key) => key.startsWith('EVERHOOK_') && !knownNames.includes(key) && !cliNames.includes(key))
    .map((key) => {
      if (serviceLink.test(key)) {
        return `${key}: is no setting. If Kubernetes sets it for a Service of that name: enableServiceLinks: false in the pod.`;
      }
      const nearest = closest(
        key,
        knownNames.filter((known) => known.startsWith('EVERHOOK_')),
      );
      const hint = distance(key, nearest) <= 5 ? ` Was ${nearest} meant?` : ` Known are ${knownNames.join(', ')}.`;
      return `${key}: there is no such setting; it is probably a typing error.${hint}`;
    });
}

/** Reads where PostgreSQL is, in one piece or in parts. @returns also problems of keys that do not fit together */
function databaseOf(values: z.output<typeof environment>): { url: string | null; problems: string[] } {
  const { DATABASE_URL: url, DATABASE_HOST: host, DATABASE_NAME: name } = values;
  const given = (Object.keys(values) as SettingName[]).filter(
    (key) => /^DATABASE_(?!URL$)/.test(key) && values[key] !== undefined && values[key] !== 0,
  );
  if (given.length === 0) return { url: url ?? null, problems: [] };
  if (url !== undefined) {
    return {
      url: null,
      problems: [`DATABASE_URL: must not be set together with ${given.join(', ')}: choose one way.`],
    };
  }
  if (host === undefined || name === undefined) {
    const absent = Object.entries({ DATABASE_HOST: host, DATABASE_NAME: name }).filter(([, value]) => !value);
    return {
      url: null,
      problems: absent.map(
        ([key]) => `${key}: is missing. ${given.join(', ')} ${given.length > 1 ? 'need' : 'needs'} it.`,
      ),
    };
  }
  const parts = {
    host,
    port: values.DATABASE_PORT || null,
    user: values.DATABASE_USER ?? null,
    password: values.DATABASE_PASSWORD ?? null,
    name,
    parameters: values.DATABASE_PARAMETERS ?? null,
  };
  const problems = databasePartsProblems(parts);
  if (parts.password !== null && parts.user === null)
    problems.push('DATABASE_USER: is missing. DATABASE_PASSWORD needs it.');
  return { url: problems.length === 0 ? databaseUrlOf(parts) : null, problems };
}

/** Reads the settings of users' tokens. @returns also problems of keys that do not fit together */
function jwtOf(values: z.output<typeof environment>): { jwt: Config['jwt']; problems: string[] } {
  const { EVERHOOK_JWT_JWKS_URL: jwksUrl, EVERHOOK_JWT_SECRET: secret } = values;
  const issuer = values.EVERHOOK_JWT_ISSUER ?? null;
  const audience = values.EVERHOOK_JWT_AUDIENCE ?? null;
  const chosen = values.EVERHOOK_JWT_ALGORITHMS;
  if (jwksUrl === undefined && secret === undefined) {
    const given = Object.entries({ ISSUER: issuer, AUDIENCE: audience, ALGORITHMS: chosen }).filter(
      ([, value]) => value,
    );
    const problems = given.map(
      ([name]) =>
        `EVERHOOK_JWT_${name}: has no effect without EVERHOOK_JWT_JWKS_URL or EVERHOOK_JWT_SECRET. Set one of them.`,
    );
    return { jwt: null, problems };
  }
  const problems: string[] = [];
  if (jwksUrl !== undefined && secret !== undefined) {
    problems.push('EVERHOOK_JWT_SECRET: must not be set together with EVERHOOK_JWT_JWKS_URL: choose one.');
  }
  if (jwksUrl !== undefined) {
    // A provider signs tokens for many services: without these, a token for another service would be accepted here.
    if (issuer === null) problems.push('EVERHOOK_JWT_ISSUER: is missing. EVERHOOK_JWT_JWKS_URL requires it.');
    if (audience === null) problems.push('EVERHOOK_JWT_AUDIENCE: is missing. EVERHOOK_JWT_JWKS_URL requires it.');
  }
  const fitting = jwksUrl === undefined ? symmetric : asymmetric;
  if (chosen?.some((name) => !fitting.includes(name))) {
    const [kind, key] = jwksUrl === undefined ? ['HMAC', 'SECRET'] : ['asymmetric', 'JWKS_URL'];
    problems.push(
      `EVERHOOK_JWT_ALGORITHMS: must be ${kind} algorithms with EVERHOOK_JWT_${key}: ${fitting.join(', ')}.`,
    );
  }
  const keys = jwksUrl === undefined ? { secret: secret as string } : { jwksUrl };
  const algorithms = chosen ?? (jwksUrl === undefined ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']);
  const clockToleranceSeconds = values.EVERHOOK_JWT_CLOCK_TOLERANCE;
  return { jwt: { keys, issuer, audience, algorithms, clockToleranceSeconds }, problems };
}

/**
 * Reads the whole environment. An empty value counts as absent, because compose files and shells produce empty ones.
 *
 * @throws {@link ConfigError} naming every invalid key
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const { values: fromFiles, problems: unread } = secretsFromFiles(env);
  const present: Record<string, string | undefined> = Object.fromEntries(
    settingNames.map((key) => [key, env[key]?.trim() || fromFiles[key] || undefined]),
  );
  const result = environment.safeParse(present);
  const problems = [...unknownKeys(env), ...unread];
  if (!result.success) {
    // Zod's own messages may repeat the input, so every message is one written here.
    for (const issue of result.error.issues) problems.push(`${issue.path.join('.')}: ${issue.message}.`);
  }
  const telemetry = readTelemetry(env, fromFiles);
  problems.push(...telemetry.problems);
  const users = result.success ? jwtOf(result.data) : null;
  const database = result.success ? databaseOf(result.data) : null;
  const oidc = result.success ? issuersOf(result.data.EVERHOOK_OIDC_ISSUERS, result.data.EVERHOOK_PUBLIC_URL) : null;
  const temporalTls = result.success ? temporalTlsOf(result.data) : null;
  problems.push(...[users, oidc, database, temporalTls].flatMap((part) => part?.problems ?? []));
  if (!result.success || !users || !oidc || !database || !temporalTls || problems.length > 0)
    throw new ConfigError(problems);
  const values = result.data;
  const { EVERHOOK_TRUSTED_DOCUMENTS: trusted } = values;
  return {
    host: values.HOST,
    port: values.PORT,
    shutdownDelayMs: values.EVERHOOK_SHUTDOWN_DELAY * 1_000,
    apiMetricsPort: values.EVERHOOK_API_METRICS_PORT || null,
    workerMetricsPort: values.EVERHOOK_WORKER_METRICS_PORT || null,
    publicUrl: values.EVERHOOK_PUBLIC_URL ?? null,
    databaseUrl: database.url,
    temporal: {
      address: values.TEMPORAL_ADDRESS ?? null,
      namespace: values.TEMPORAL_NAMESPACE,
      tls: temporalTls.tls,
      apiKey: values.TEMPORAL_API_KEY ?? null,
    },
    temporalUiUrl: values.EVERHOOK_TEMPORAL_UI_URL ?? null,
    temporalCli: values.EVERHOOK_TEMPORAL_CLI?.includes('/')
      ? resolve(values.EVERHOOK_TEMPORAL_CLI)
      : (values.EVERHOOK_TEMPORAL_CLI ?? null),
    dataDir: resolve(values.EVERHOOK_DATA_DIR),
    operatorKey: values.EVERHOOK_OPERATOR_KEY ?? null,
    graphql: {
      graphiql: present.EVERHOOK_GRAPHIQL === undefined ? env.NODE_ENV === 'development' : values.EVERHOOK_GRAPHIQL,
      trustedDocuments: trusted === undefined ? null : resolve(trusted),
      trustedOnly: values.EVERHOOK_TRUSTED_DOCUMENTS_ONLY,
    },
    encryptionKeys: values.EVERHOOK_ENCRYPTION_KEYS ?? null,
    jwt: users.jwt,
    issuers: oidc.issuers,
    sessions: {
      idleMs: values.EVERHOOK_SESSION_IDLE_HOURS * hourMs,
      maxMs: values.EVERHOOK_SESSION_MAX_HOURS * hourMs,
    },
    trustedProxies: values.EVERHOOK_TRUSTED_PROXIES,
    allowHttp: values.EVERHOOK_ALLOW_HTTP,
    allowedPrivateRanges: values.EVERHOOK_ALLOWED_PRIVATE_RANGES,
    outbound: {
      proxy: values.EVERHOOK_PROXY_URL ?? null,
      addresses: values.EVERHOOK_EGRESS_ADDRESSES,
      certificates: values.EVERHOOK_CA_FILE === undefined ? null : resolve(values.EVERHOOK_CA_FILE),
    },
    egressIpRanges: values.EVERHOOK_EGRESS_RANGES,
    retentionMs: values.EVERHOOK_RETENTION_DAYS * 86_400_000 || null,
    auditRetentionMs: values.EVERHOOK_AUDIT_RETENTION_DAYS * 86_400_000 || null,
    logLevel: values.EVERHOOK_LOG_LEVEL,
    telemetry: telemetry.settings && {
      ...telemetry.settings,
      askedPerSecond: values.EVERHOOK_TRACEPARENT_RATE,
    },
    concurrency: {
      perProcess: values.EVERHOOK_CONCURRENCY,
      perWebhook: values.EVERHOOK_WEBHOOK_CONCURRENCY,
    },
    limits: { bodyBytes: 1024 * 1024, ratePerSecond: values.EVERHOOK_RATE_LIMIT },
  };
}

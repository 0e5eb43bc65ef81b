import { resolve } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { loadConfig, settingsOf } from '../../../core/composition/config.ts';
import { configProblems } from '../../support/configProblems.ts';

/** What PostgreSQL's client makes of a URL. */
const clientOf = (connectionString: string) => {
  const { host, port, user, password, database } = new pg.Client({ connectionString });
  return { host, port, user, password, database };
};

const odd = 'p@s:s/w#r%d?$x';

describe('loadConfig', () => {
  it('needs nothing: every key has a default or stands for an embedded part', () => {
    expect(loadConfig({ PATH: '/bin' })).toEqual({
      host: '127.0.0.1',
      port: 4000,
      shutdownDelayMs: 0,
      apiMetricsPort: null,
      workerMetricsPort: null,
      publicUrl: null,
      databaseUrl: null,
      temporal: { address: null, namespace: 'default', tls: false, apiKey: null },
      temporalUiUrl: null,
      temporalCli: null,
      dataDir: resolve('.everhook'),
      operatorKey: null,
      encryptionKeys: null,
      jwt: null,
      issuers: [],
      sessions: { idleMs: 259_200_000, maxMs: 2_592_000_000 },
      trustedProxies: [],
      graphql: { graphiql: false, trustedDocuments: null, trustedOnly: false },
      allowHttp: false,
      allowedPrivateRanges: [],
      outbound: { proxy: null, addresses: [], certificates: null },
      egressIpRanges: [],
      retentionMs: null,
      auditRetentionMs: null,
      logLevel: 'info',
      telemetry: null,
      concurrency: { perProcess: 256, perWebhook: 64 },
      limits: { bodyBytes: 1_048_576, ratePerSecond: 5_000 },
    });
  });

  it('reads every key', () => {
    const config = loadConfig({
      HOST: '::',
      PORT: '8080',
      EVERHOOK_SHUTDOWN_DELAY: '5',
      EVERHOOK_API_METRICS_PORT: '9463',
      EVERHOOK_WORKER_METRICS_PORT: '9464',
      DATABASE_URL: 'postgres://u:p%40ss@db.example:5433/hooks?sslmode=require',
      TEMPORAL_ADDRESS: 'acme.a1b2.tmprl.cloud:7233',
      TEMPORAL_NAMESPACE: 'acme.a1b2',
      TEMPORAL_TLS: 'temporal.acme.example',
      TEMPORAL_API_KEY: 'key',
      EVERHOOK_TEMPORAL_UI_URL: 'https://cloud.temporal.io/',
      EVERHOOK_TEMPORAL_CLI: '/opt/temporal/bin/temporal',
      EVERHOOK_DATA_DIR: '/var/lib/ever hook',
      EVERHOOK_OPERATOR_KEY: 'o'.repeat(24),
      EVERHOOK_ENCRYPTION_KEYS: 'k1:abc',
      EVERHOOK_JWT_JWKS_URL: 'https://id.example/keys',
      EVERHOOK_JWT_ISSUER: 'https://id.example/',
      EVERHOOK_JWT_AUDIENCE: 'everhook',
      EVERHOOK_JWT_ALGORITHMS: 'ES256, EdDSA',
      EVERHOOK_JWT_CLOCK_TOLERANCE: '5',
      EVERHOOK_TRUSTED_PROXIES: '10.0.0.0/8',
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8, ::1/128',
      EVERHOOK_EGRESS_RANGES: '203.0.113.0/24',
      EVERHOOK_EGRESS_ADDRESSES: '203.0.113.7, 2001:db8::7',
      EVERHOOK_PROXY_URL: 'https://us%40er:p%3As@[::1]:3128',
      EVERHOOK_CA_FILE: '/etc/everhook/ca.pem',
      EVERHOOK_RETENTION_DAYS: '90',
      EVERHOOK_AUDIT_RETENTION_DAYS: '730',
      EVERHOOK_LOG_LEVEL: 'debug',
      EVERHOOK_CONCURRENCY: '10',
      EVERHOOK_WEBHOOK_CONCURRENCY: '5',
      EVERHOOK_RATE_LIMIT: '7',
      EVERHOOK_GRAPHIQL: '1',
      EVERHOOK_TRUSTED_DOCUMENTS: '/etc/everhook/documents.json',
      EVERHOOK_TRUSTED_DOCUMENTS_ONLY: 'true',
    });
    expect(config).toMatchObject({
      host: '::',
      port: 8080,
      shutdownDelayMs: 5_000,
      apiMetricsPort: 9463,
      workerMetricsPort: 9464,
      databaseUrl: 'postgres://u:p%40ss@db.example:5433/hooks?sslmode=require',
      temporal: {
        address: 'acme.a1b2.tmprl.cloud:7233',
        namespace: 'acme.a1b2',
        tls: { serverName: 'temporal.acme.example' },
        apiKey: 'key',
      },
      temporalUiUrl: 'https://cloud.temporal.io',
      temporalCli: '/opt/temporal/bin/temporal',
      dataDir: '/var/lib/ever hook',
      jwt: {
        keys: { jwksUrl: 'https://id.example/keys' },
        issuer: 'https://id.example/',
        audience: 'everhook',
        algorithms: ['ES256', 'EdDSA'],
        clockToleranceSeconds: 5,
      },
      trustedProxies: ['10.0.0.0/8'],
      allowHttp: true,
      allowedPrivateRanges: ['127.0.0.0/8', '::1/128'],
      egressIpRanges: ['203.0.113.0/24'],
      outbound: {
        proxy: {
          secure: true,
          host: '::1',
          port: 3128,
          authorization: `Basic ${Buffer.from('us@er:p:s').toString('base64')}`,
        },
        addresses: ['203.0.113.7', '2001:db8::7'],
        certificates: '/etc/everhook/ca.pem',
      },
      retentionMs: 90 * 86_400_000,
      auditRetentionMs: 730 * 86_400_000,
      concurrency: { perProcess: 10, perWebhook: 5 },
      limits: { ratePerSecond: 7 },
      graphql: { graphiql: true, trustedDocuments: '/etc/everhook/documents.json', trustedOnly: true },
    });
  });

  it('shows GraphiQL in development, and nowhere else unless it is told to', () => {
    const shown = (env: NodeJS.ProcessEnv) => loadConfig(env).graphql.graphiql;
    expect(shown({ NODE_ENV: 'production' })).toBe(false);
    expect(shown({ NODE_ENV: 'development' })).toBe(true);
    expect(shown({ NODE_ENV: 'development', EVERHOOK_GRAPHIQL: 'false' })).toBe(false);
  });

  it('takes an empty value for an absent one', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: ' ' })).toMatchObject({ databaseUrl: null, port: 4000 });
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '4000x'],
    ['PORT', '-1'],
    ['EVERHOOK_API_METRICS_PORT', '70000'],
    ['EVERHOOK_WORKER_METRICS_PORT', '0'],
    ['EVERHOOK_RETENTION_DAYS', '1'],
    ['EVERHOOK_AUDIT_RETENTION_DAYS', '29'],
    ['HOST', 'http://localhost'],
    ['DATABASE_URL', 'mysql://u:p@h/db'],
    ['DATABASE_URL', 'postgres://u:p@h'],
    ['TEMPORAL_ADDRESS', 'http://localhost:7233'],
    ['TEMPORAL_ADDRESS', 'localhost'],
    ['TEMPORAL_ADDRESS', 'localhost:99999'],
    ['TEMPORAL_NAMESPACE', 'a b'],
    ['TEMPORAL_TLS', 'not/a name'],
    ['EVERHOOK_PUBLIC_URL', 'https://*.example.com'],
    ['EVERHOOK_PUBLIC_URL', 'https://example.com/a%20b'],
    ['EVERHOOK_PUBLIC_URL', 'https://example.com//hooks'],
    ['EVERHOOK_PUBLIC_URL', 'https://example.com/graphql'],
    ['EVERHOOK_TEMPORAL_UI_URL', 'temporal.example.com'],
    ['EVERHOOK_TEMPORAL_UI_URL', 'https://user:password@temporal.example.com'],
    ['EVERHOOK_OPERATOR_KEY', 'too-short'],
    ['EVERHOOK_JWT_JWKS_URL', 'http://id.example/keys'],
    ['EVERHOOK_JWT_JWKS_URL', 'https://user:password@id.example/keys'],
    ['EVERHOOK_JWT_SECRET', 'short'],
    ['EVERHOOK_JWT_ALGORITHMS', 'none'],
    ['EVERHOOK_JWT_CLOCK_TOLERANCE', '301'],
    ['EVERHOOK_TRUSTED_PROXIES', '10.0.0.1'],
    ['EVERHOOK_ALLOW_HTTP', 'yes'],
    ['EVERHOOK_ALLOWED_PRIVATE_RANGES', '10.0.0.0'],
    ['EVERHOOK_ALLOWED_PRIVATE_RANGES', '10.0.0.0/33'],
    ['EVERHOOK_ALLOWED_PRIVATE_RANGES', '10.0.0.0/8,,::1/128'],
    ['EVERHOOK_EGRESS_ADDRESSES', 'eth0'],
    ['EVERHOOK_EGRESS_ADDRESSES', '203.0.113.7,203.0.113.8'],
    ['EVERHOOK_PROXY_URL', 'proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'socks5://proxy.internal:1080'],
    ['EVERHOOK_PROXY_URL', 'http://proxy.internal/path'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter@2@proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter:2@proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter/2@proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter%2@proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter%0a@proxy.internal:3128'],
    ['EVERHOOK_PROXY_URL', 'http://user:hunter%ff2@proxy.internal:3128'],
    ['EVERHOOK_LOG_LEVEL', 'loud'],
    ['EVERHOOK_CONCURRENCY', '0'],
    ['EVERHOOK_WEBHOOK_CONCURRENCY', '1.5'],
    ['EVERHOOK_RATE_LIMIT', '0'],
  ])('names %s when it is %j, and nothing else', (key, value) => {
    expect(configProblems({ [key]: value })).toEqual([expect.stringMatching(new RegExp(`^${key}: must .+\\.$`))]);
    expect(configProblems({ [key]: value }).join()).not.toContain('hunter');
  });

  it('names every wrong key at once', () => {
    const found = configProblems({ PORT: 'x', DATABASE_URL: 'x', EVERHOOK_LOG_LEVEL: 'x', EVERHOOK_ALOW_HTTP: 'true' });
    expect(found.map((line) => line.split(':')[0]).sort()).toEqual([
      'DATABASE_URL',
      'EVERHOOK_ALOW_HTTP',
      'EVERHOOK_LOG_LEVEL',
      'PORT',
    ]);
  });

  it('tells a variable that Kubernetes sets for a Service from a typing error', () => {
    for (const key of [
      'EVERHOOK_SERVICE_HOST',
      'EVERHOOK_PORT',
      'EVERHOOK_API_SERVICE_PORT_HTTP',
      'EVERHOOK_API_PORT_80_TCP_ADDR',
    ]) {
      expect(configProblems({ [key]: 'tcp://10.0.0.7:80' })).toEqual([
        expect.stringMatching(new RegExp(`^${key}: .*enableServiceLinks: false`)),
      ]);
    }
    expect(configProblems({ EVERHOOK_WORKER_METRICS_PROT: '9464' })[0]).toContain(
      'Was EVERHOOK_WORKER_METRICS_PORT meant?',
    );
  });

  it('passes over the settings of the command line, which the same shell may have', () => {
    const env = { EVERHOOK_URL: 'http://127.0.0.1:4000', EVERHOOK_KEY: 'k', EVERHOOK_PROJECT: 'shop' };
    expect(configProblems({ ...env, EVERHOOK_CONTEXT: 'dev', EVERHOOK_LISTEN_SECRET: 'whsec_AAAA' })).toEqual([]);
    expect(settingsOf('api', env)).toEqual({});
  });

  it('takes an unknown EVERHOOK_ key for a typing error and names the key that was meant', () => {
    expect(configProblems({ EVERHOOK_ENCRYPTION_KEY: 'x' })).toEqual([
      expect.stringContaining('EVERHOOK_ENCRYPTION_KEYS'),
    ]);
    expect(configProblems({ EVERHOOK_DATADIR: 'x' })).toEqual([
      expect.stringContaining('Was EVERHOOK_DATA_DIR meant?'),
    ]);
  });

  it('never repeats a value, which may be a secret', () => {
    const secret = 'hunter2 with spaces';
    const env = Object.fromEntries(
      [
        'DATABASE_URL',
        'TEMPORAL_ADDRESS',
        'TEMPORAL_TLS',
        'EVERHOOK_OPERATOR_KEY',
        'EVERHOOK_LOG_LEVEL',
        'EVERHOOK_X',
      ].map((key) => [key, secret]),
    );
    expect(configProblems(env)).toHaveLength(6);
    expect(configProblems(env).join('\n')).not.toContain('hunter2');
  });

  it('takes users’ tokens by a key set or a secret, each with the algorithms that are safe for it', () => {
    const set = { EVERHOOK_JWT_JWKS_URL: 'https://id.example/keys' };
    const named = { ...set, EVERHOOK_JWT_ISSUER: 'https://id.example/', EVERHOOK_JWT_AUDIENCE: 'everhook' };
    const secret = { EVERHOOK_JWT_SECRET: 's'.repeat(32) };
    expect(loadConfig(named).jwt?.algorithms).toEqual(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']);
    expect(loadConfig(secret).jwt).toMatchObject({ algorithms: ['HS256'], issuer: null, audience: null });
    expect(configProblems(set)).toEqual([
      expect.stringMatching(/^EVERHOOK_JWT_ISSUER: is missing/),
      expect.stringMatching(/^EVERHOOK_JWT_AUDIENCE: is missing/),
    ]);
    for (const wrong of [
      { ...named, EVERHOOK_JWT_ALGORITHMS: 'RS256,HS256' },
      { ...secret, EVERHOOK_JWT_ALGORITHMS: 'RS256' },
      { EVERHOOK_JWT_ALGORITHMS: 'RS256' },
    ]) {
      expect(configProblems(wrong)).toEqual([expect.stringMatching(/^EVERHOOK_JWT_ALGORITHMS: /)]);
    }
    expect(configProblems({ ...named, ...secret })).toEqual([
      expect.stringMatching(/^EVERHOOK_JWT_SECRET: must not be set/),
    ]);
  });

  it('encrypts the way to Temporal where an API key travels it', () => {
    expect(loadConfig({ TEMPORAL_API_KEY: 'k' }).temporal.tls).toBe(true);
    expect(configProblems({ TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' })).toEqual([
      expect.stringMatching(/^TEMPORAL_TLS/),
    ]);
  });

  it.each([...'@:/#%?$ '].map((char) => `hunter${char}two`).concat(odd, '%', '%4', '1/x?y', '@', ':', '5432/a'))(
    'refuses a DATABASE_URL with the password %j as it is, says to encode it, and never repeats a part of it',
    (password) => {
      for (const rest of ['db.internal:5432/everhook', 'db.internal/everhook?sslmode=require', '[::1]/everhook']) {
        const told = configProblems({ DATABASE_URL: `postgresql://everhook:${password}@${rest}` });
        expect(told).toEqual([
          expect.stringMatching(/^DATABASE_URL: must have its user and password percent-encoded: /),
        ]);
        expect(told[0]).toContain('DATABASE_PASSWORD');
        expect(told[0]).not.toMatch(/hunter|s\/w|everhook:/);
        const encoded = `postgresql://everhook:${encodeURIComponent(password)}@${rest}`;
        expect(loadConfig({ DATABASE_URL: encoded }).databaseUrl).toBe(encoded);
      }
    },
  );

  it('takes any DATABASE_URL whose user and password are encoded', () => {
    const whole = fc.string({ minLength: 1, unit: 'binary' });
    fc.assert(
      fc.property(whole, whole, (user, password) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@db:5432/everhook`;
        expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
      }),
      { numRuns: 30 },
    );
    for (const url of ['postgresql:///everhook?host=%2Fvar%2Frun', 'postgres://[::1]:5432/it', 'postgres://me@db/it']) {
      expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
    }
  });

  it('makes the URL of a database from its parts, as PostgreSQL’s client reads it', () => {
    const text = fc.string({ minLength: 1, unit: 'binary' }).filter((each) => each.trim() === each);
    fc.assert(
      fc.property(
        text,
        text,
        fc.constantFrom('db.internal', '10.0.0.1', '::1', '/var/run/postgresql'),
        (user, password, host) => {
          const env = {
            DATABASE_HOST: host,
            DATABASE_USER: user,
            DATABASE_PASSWORD: password,
            DATABASE_NAME: 'ever-hook',
          };
          const url = loadConfig(env).databaseUrl as string;
          expect(clientOf(url)).toMatchObject({ user, password, host, database: 'ever-hook' });
          expect(loadConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
        },
      ),
    );
    const env = { DATABASE_HOST: 'db', DATABASE_PORT: '6432', DATABASE_USER: 'u', DATABASE_PASSWORD: odd };
    const whole = { ...env, DATABASE_NAME: 'hooks', DATABASE_PARAMETERS: 'sslmode=no-verify' };
    const made = loadConfig(whole).databaseUrl as string;
    expect(clientOf(made)).toMatchObject({ host: 'db', port: 6432, user: 'u', password: odd, database: 'hooks' });
    expect(made).toMatch(/\?sslmode=no-verify$/);
  });

  it.each([
    [{ DATABASE_URL: 'postgres://db/it', DATABASE_PASSWORD: odd }, [/^DATABASE_URL: must not .* DATABASE_PASSWORD/]],
    [{ DATABASE_PASSWORD: odd }, [/^DATABASE_HOST: is missing/, /^DATABASE_NAME: is missing/]],
    [{ DATABASE_HOST: 'db', DATABASE_NAME: 'it', DATABASE_PASSWORD: odd }, [/^DATABASE_USER: is missing/]],
    [{ DATABASE_HOST: 'postgres://db', DATABASE_NAME: 'it' }, [/^DATABASE_HOST: must be a host name/]],
    [{ DATABASE_HOST: 'db', DATABASE_NAME: 'a/b' }, [/^DATABASE_NAME: must have/]],
    [{ DATABASE_HOST: 'db', DATABASE_NAME: 'it', DATABASE_PORT: '0' }, [/^DATABASE_PORT: must be a whole number/]],
    [
      { DATABASE_HOST: 'db', DATABASE_NAME: 'it', DATABASE_PARAMETERS: 'password=x' },
      [/^DATABASE_PARAMETERS: must be name=value/],
    ],
  ])('says what is wrong with the parts of a database’s address, without their values (%#)', (env, expected) => {
    const told = configProblems(env);
    expect(told).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(told.join()).not.toContain('s/w');
  });
});

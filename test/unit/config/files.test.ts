import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, settingsOf } from '../../../core/composition/config.ts';
import { configProblems } from '../../support/configProblems.ts';
import { pemPath } from '../../support/tlsBeforeTemporal.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everhook files '));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('a secret in a file', () => {
  it('is read without the white space around it, for every setting with a secret', async () => {
    const url = 'postgresql://u:p@db:5432/hooks';
    const config = loadConfig({
      DATABASE_URL_FILE: await file('url', `${url}\n`),
      TEMPORAL_API_KEY_FILE: await file('api-key', ' key \r\n'),
      EVERHOOK_OPERATOR_KEY_FILE: await file('operator', 'o'.repeat(24)),
      EVERHOOK_ENCRYPTION_KEYS_FILE: await file('keys', 'k1:abc'),
      EVERHOOK_JWT_SECRET_FILE: await file('jwt', 's'.repeat(32)),
      EVERHOOK_OIDC_ISSUERS_FILE: await file(
        'issuers',
        JSON.stringify([
          {
            name: 'acme',
            issuer: 'https://id.example.com',
            clientId: 'everhook',
            clientSecretFile: await file('client', 'hush\n'),
          },
        ]),
      ),
      EVERHOOK_PUBLIC_URL: 'https://hooks.example.com',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS_FILE: await file('headers', 'x-key=let%20me%20in\n'),
      OTEL_EXPORTER_OTLP_LOGS_HEADERS_FILE: await file('logs-headers', 'x-key=logs'),
    });
    expect(config).toMatchObject({
      databaseUrl: url,
      temporal: { apiKey: 'key', tls: true },
      operatorKey: 'o'.repeat(24),
      encryptionKeys: 'k1:abc',
      jwt: { keys: { secret: 's'.repeat(32) } },
      telemetry: {
        collector: { traces: { headers: { 'x-key': 'let me in' } }, logs: { headers: { 'x-key': 'logs' } } },
      },
      issuers: [{ name: 'acme', label: 'acme', url: 'https://id.example.com', clientSecret: 'hush' }],
    });
    const parts = { DATABASE_HOST: 'db', DATABASE_USER: 'u', DATABASE_NAME: 'hooks' };
    expect(loadConfig({ ...parts, DATABASE_PASSWORD_FILE: await file('password', 'p@ss\n') }).databaseUrl).toContain(
      'p%40ss',
    );
  });

  it('that cannot be read, is empty, wrong, or given twice is named, and never shown', async () => {
    const hidden = 'hidden-value';
    expect(configProblems({ EVERHOOK_OPERATOR_KEY_FILE: join(folder, 'absent') })).toEqual([
      'EVERHOOK_OPERATOR_KEY_FILE: the file cannot be read (ENOENT).',
    ]);
    expect(configProblems({ EVERHOOK_OPERATOR_KEY_FILE: await file('empty', ' \n') })).toEqual([
      expect.stringMatching(/^EVERHOOK_OPERATOR_KEY_FILE: the file is empty/),
    ]);
    const wrong = await file('wrong', hidden);
    const said = [
      ...configProblems({ EVERHOOK_OPERATOR_KEY_FILE: wrong }),
      ...configProblems({ EVERHOOK_ENCRYPTION_KEYS: hidden, EVERHOOK_ENCRYPTION_KEYS_FILE: wrong }),
    ];
    expect(said).toEqual([
      expect.stringMatching(/^EVERHOOK_OPERATOR_KEY: must be 24/),
      expect.stringMatching(/^EVERHOOK_ENCRYPTION_KEYS_FILE: must not be set together with EVERHOOK_ENCRYPTION_KEYS/),
    ]);
    expect(said.join()).not.toContain(hidden);
  });

  it('is passed on as an absolute path, to the processes that need it, and not beside its value', async () => {
    const path = relative(process.cwd(), await file('operator', 'o'.repeat(24)));
    const env = {
      EVERHOOK_OPERATOR_KEY_FILE: path,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: path,
      DATABASE_URL: 'postgresql://u:p@db/hooks',
      DATABASE_URL_FILE: path,
    };
    const absolute = join(folder, 'operator');
    const { DATABASE_URL } = env;
    expect(settingsOf('api', env)).toEqual({
      EVERHOOK_OPERATOR_KEY_FILE: absolute,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: absolute,
      DATABASE_URL,
    });
    expect(settingsOf('worker', env)).toEqual({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: absolute, DATABASE_URL });
    // An empty value stands for none, as compose's `${X:-}` gives it.
    const blank = { DATABASE_URL: ' ', DATABASE_URL_FILE: path, EVERHOOK_TRUSTED_DOCUMENTS: path };
    expect(settingsOf('api', blank)).toEqual({
      DATABASE_URL: ' ',
      DATABASE_URL_FILE: absolute,
      EVERHOOK_TRUSTED_DOCUMENTS: absolute,
    });
  });
});

describe('the files of TLS to Temporal', () => {
  const [authority, certificate, key] = ['SERVER_CA_CERT', 'CLIENT_CERT', 'CLIENT_KEY'].map(
    (name) => `TEMPORAL_TLS_${name}_PATH`,
  ) as [string, string, string];

  it('turn TLS on by themselves', () => {
    const env = { [authority]: pemPath('authority'), [certificate]: pemPath('client'), [key]: pemPath('client-key') };
    const { tls } = loadConfig(env).temporal;
    expect(tls).toEqual({
      serverName: null,
      authority: expect.any(Buffer),
      client: { certificate: expect.any(Buffer), key: expect.any(Buffer) },
    });
    expect(loadConfig({ ...env, TEMPORAL_TLS: 'temporal.test' }).temporal.tls).toMatchObject({
      serverName: 'temporal.test',
    });
  });

  it.each([
    [{ [authority]: '/absent' }, [`${authority}: the file cannot be read (ENOENT).`]],
    [{ [authority]: pemPath('client-key') }, [`${authority}: the file holds no certificate in PEM format.`]],
    [{ [certificate]: pemPath('client') }, [`${key}: is missing. ${certificate} requires it.`]],
    [{ [key]: pemPath('client-key') }, [`${certificate}: is missing. ${key} requires it.`]],
    [
      { [certificate]: pemPath('client'), [key]: pemPath('client') },
      [`${key}: the file holds no private key in PEM format without a passphrase.`],
    ],
    [
      { [certificate]: pemPath('client'), [key]: pemPath('stranger-key') },
      [`${key}: is not the key of the certificate in ${certificate}.`],
    ],
    [
      { [authority]: pemPath('authority'), TEMPORAL_TLS: 'false' },
      [`TEMPORAL_TLS: must not be false together with ${authority}, which would have no effect.`],
    ],
  ])('that do not fit are named: %j', (env, said) => {
    expect(configProblems(env)).toEqual(said);
  });
});

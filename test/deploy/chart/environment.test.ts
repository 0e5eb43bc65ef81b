import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig, settingsOf } from '../../../core/composition/config.ts';
import { loadProcessConfig } from '../../../core/composition/processConfig.ts';
import { generateKey } from '../../../core/secrets/keyRing.ts';
import type { Manifest } from '../kubernetesSchemas.ts';
import {
  containersOf,
  environmentOf,
  installations,
  kindOf,
  podOf,
  rendered,
  template,
  valuesFile,
  workloads,
} from './chart.ts';
import { settingNames } from './settingNames.ts';

/** Settings whose files are read at once: they are in the pods alone. */
const fileNames = /^TEMPORAL_TLS_\w+_PATH$/;
const secretKey = generateKey();
/** Secrets that the values files name, as others have made them. */
const elsewhere = {
  'hooks-db-app': { uri: 'postgresql://hooks:p%40ss@hooks-db-rw:5432/hooks' },
  'hooks-db': { password: 'p@s:s/w#r%d?$x' },
  'everhook-keys': { EVERHOOK_ENCRYPTION_KEYS: secretKey },
  'everhook-operator': { key: 'an-operator-key-of-the-tests' },
  everhook: {
    DATABASE_URL: 'postgresql://everhook:p%40ss@database:5432/everhook',
    EVERHOOK_ENCRYPTION_KEYS: secretKey,
    EVERHOOK_OPERATOR_KEY: 'an-operator-key-of-the-tests',
    TEMPORAL_API_KEY: 'an-api-key',
  },
};

describe('settings and secrets in the Helm chart', () => {
  const all = new Map<string, Manifest[]>();
  const of = (name: (typeof installations)[number]) => all.get(name) as Manifest[];

  beforeAll(async () => {
    for (const name of installations) all.set(name, await rendered([valuesFile(name)]));
  });

  it('gives each process the settings that it reads, and no secret beside them, in values that the product takes', () => {
    for (const [name, manifests] of all) {
      for (const manifest of workloads(manifests)) {
        for (const container of podOf(manifest).spec.containers) {
          const kind = container.args[0];
          const extra = /^NODE_/;
          const entries = Object.entries(environmentOf(container, manifests, elsewhere));
          const env = Object.fromEntries(entries.filter(([key]) => !extra.test(key)));
          const names = Object.keys(env).sort();
          const withoutFiles = Object.fromEntries(Object.entries(env).filter(([key]) => !fileNames.test(key)));
          expect(new Set(container.env.map((each: { name: string }) => each.name)).size).toBe(container.env.length);
          if (kind === 'api' || kind === 'worker') {
            expect(Object.keys(settingsOf(kind, env)).sort(), `${name} ${kind}`).toEqual(names);
            expect(loadProcessConfig(withoutFiles).host, name).toBe(name === 'everything' ? '0.0.0.0' : '::');
          } else {
            const read = kind === 'migrate' ? /^DATABASE_/ : /^TEMPORAL_/;
            expect(
              names.filter((each) => !read.test(each) || !settingNames().includes(each)),
              kind,
            ).toEqual([]);
            const config = loadConfig(withoutFiles);
            expect(kind === 'migrate' ? config.databaseUrl : config.temporal.address).not.toBeNull();
          }
        }
      }
    }
    const [api] = containersOf(of('everything'));
    const config = loadProcessConfig(
      Object.fromEntries(Object.entries(environmentOf(api, of('everything'))).filter(([key]) => !fileNames.test(key))),
    );
    expect(environmentOf(api, of('everything')).OTEL_TRACES_SAMPLER_ARG).toBe('0.01');
    expect(config).toMatchObject({
      publicUrl: 'https://hooks.example.org/hooks',
      limits: { ratePerSecond: 1_000_000 },
      graphql: { graphiql: true },
      temporal: { namespace: 'hooks', tls: { serverName: 'temporal.example.com' } },
    });
  });

  it('gives further variables of the product to the containers that read them, and all others to each', async () => {
    const manifests = await rendered([valuesFile('ipv6-without-ingress')], {
      extraEnv: ['EVERHOOK_JWT_ISSUER', 'DATABASE_PASSWORD', 'TEMPORAL_API_KEY', 'OTEL_SERVICE_NAME', 'TZ'].map(
        (name) => ({
          name,
          value: 'x',
        }),
      ),
    });
    const given = Object.fromEntries(
      containersOf(manifests).map(({ args, env }) => [
        args[0],
        env.filter(({ value }: { value?: string }) => value === 'x').map(({ name }: { name: string }) => name),
      ]),
    );
    expect(given).toEqual({
      api: ['EVERHOOK_JWT_ISSUER', 'DATABASE_PASSWORD', 'TEMPORAL_API_KEY', 'OTEL_SERVICE_NAME', 'TZ'],
      worker: ['DATABASE_PASSWORD', 'TEMPORAL_API_KEY', 'OTEL_SERVICE_NAME', 'TZ'],
      migrate: ['DATABASE_PASSWORD', 'TZ'],
      promote: ['TEMPORAL_API_KEY', 'TZ'],
    });
  });

  it('makes the public address of a name that can be opened, and asks for one where there is none', async () => {
    const route = (hostnames: string[]) => ({
      httpRoute: { enabled: true, parentRefs: [{ name: 'public' }], hostnames },
    });
    const values = [valuesFile('ipv6-without-ingress')];
    const manifests = await rendered(values, route(['*.example.com', 'hooks.example.com', 'other.example.com']));
    const api = containersOf(manifests).find(({ args }) => args[0] === 'api');
    expect(environmentOf(api, manifests, elsewhere).EVERHOOK_PUBLIC_URL).toBe('https://hooks.example.com');
    for (const wild of [route(['*.example.com']), { ingress: { enabled: true, host: '*.example.com' } }]) {
      expect((await template(values, wild)).errors).toContain('settings.EVERHOOK_PUBLIC_URL');
      const settings = { EVERHOOK_PUBLIC_URL: 'https://hooks.example.com' };
      expect((await template(values, { ...wild, settings })).code).toBe(0);
    }
  });

  it('takes passwords with special characters, in parts or encoded, and shows none outside of Secrets', () => {
    const password = 'p@s:s/w#r%d?$x';
    for (const name of ['minimal', 'everything', 'ipv6-without-ingress'] as const) {
      const manifests = of(name);
      for (const container of containersOf(manifests).filter(({ args }) => args[0] !== 'promote')) {
        const env = Object.entries(environmentOf(container, manifests, elsewhere));
        const { databaseUrl } = loadConfig(Object.fromEntries(env.filter(([key]) => !fileNames.test(key))));
        expect(decodeURIComponent(new URL(databaseUrl as string).password), name).toBe(password);
      }
      const shown = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
      const values = kindOf(manifests, 'Secret').flatMap(({ data }) => Object.values(data as Record<string, string>));
      for (const value of values) {
        expect(shown).not.toContain(value);
        expect(shown).not.toContain(Buffer.from(value, 'base64').toString());
      }
    }
  });

  it('replaces pods when a value in its own Secret changes', async () => {
    const annotationsOf = (manifests: readonly Manifest[]) =>
      kindOf(manifests, 'Deployment').map((each) => podOf(each).metadata.annotations['checksum/secrets']);
    const changed = { secrets: { encryptionKeys: { value: generateKey() } } };
    const before = annotationsOf(of('minimal'));
    const after = annotationsOf(await rendered([valuesFile('minimal')], changed));
    expect(before.every((each, index) => each !== after[index])).toBe(true);
  });
});

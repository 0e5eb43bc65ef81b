import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsOf } from '../../core/composition/config.ts';
import { loadProcessConfig } from '../../core/composition/processConfig.ts';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { version } from '../../core/ground/version.ts';
import { generateKey } from '../../core/secrets/keyRing.ts';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly container_name?: string;
  readonly build?: string;
  readonly read_only?: boolean;
}

const schemaModule = 'github.com/compose-spec/compose-go/v2@v2.16.2';
const password = 'p@s:s/w#r%d?$x';
const secrets: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: password,
  EVERHOOK_ENCRYPTION_KEYS: generateKey(),
  EVERHOOK_OPERATOR_KEY: 'o'.repeat(32),
};

/** Variables in a value, as Compose replaces them. @throws with the text after `:?` where a needed one is missing */
const interpolated = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$(?:\$|\{(\w+)(?:(:[-?])([^}]*))?\})/g, (whole, name?: string, operator?: string, rest = '') => {
    if (name === undefined) return whole === '$$' ? '$' : whole;
    if (env[name]) return env[name];
    if (operator === ':?') throw new Error(`${name} ${rest}`);
    return rest;
  });

let text: string;
let services: Readonly<Record<string, Service>>;
beforeAll(async () => {
  text = await readFile(join(packageRoot, 'compose.yaml'), 'utf8');
  services = (parse(text, { merge: true }) as { services: Record<string, Service> }).services;
});

/** What the containers of a service get. */
const environmentOf = (name: string, env = secrets): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, interpolated(value, env)]),
  );

describe('compose.yaml', () => {
  it('fits the schema of the compose specification, which finds a misspelt key', async () => {
    const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', schemaModule], { cwd: '/' });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(JSON.parse(await readFile(join(Dir, 'schema/compose-spec.json'), 'utf8')));
    const file = parse(text, { merge: true });
    validate(file);
    expect(validate.errors ?? []).toEqual([]);
    file.services.api.prots = file.services.api.ports;
    expect(validate(file)).toBe(false);
  });

  it('runs this version of the image by its own commands, on PostgreSQL 18', () => {
    const ours = Object.entries(services).filter(([, { build }]) => build === '.');
    expect(ours.map(([name]) => name).sort()).toEqual(['api', 'migrate', 'promote', 'worker']);
    for (const [name, service] of ours) {
      expect(interpolated(service.image, {})).toBe(`everhook:${version}`);
      expect(service).toMatchObject({ command: [name], read_only: true });
    }
    expect(services.postgres?.image).toBe('postgres:18');
  });

  it('gives each of them settings that it takes, whatever characters the password has', () => {
    for (const name of ['api', 'worker', 'migrate', 'promote']) {
      const environment = environmentOf(name);
      const config = loadProcessConfig(environment);
      const url = new URL(config.databaseUrl);
      expect([url.hostname, url.username, url.pathname]).toEqual(['postgres', 'everhook', '/everhook']);
      expect(decodeURIComponent(url.password)).toBe(password);
      expect(config.temporal.address).toBe('temporal:7233');
      const kind = name === 'api' ? 'api' : 'worker';
      expect(Object.keys(settingsOf(kind, environment)).sort()).toEqual(Object.keys(environment).sort());
    }
    for (const [name, key] of [
      ['postgres', 'POSTGRES_PASSWORD'],
      ['temporal', 'POSTGRES_PWD'],
      ['temporal-schema', 'SQL_PASSWORD'],
    ] as const) {
      expect(environmentOf(name)[key]).toBe(password);
    }
  });

  it.each(Object.keys(secrets))('does not start without %s, and says how to make it', (missing) => {
    const left = Object.fromEntries(Object.entries(secrets).filter(([key]) => key !== missing));
    const message = Object.keys(services).flatMap((name) => {
      try {
        environmentOf(name, left);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    expect(message[0]).toMatch(new RegExp(`^${missing} is missing\\. Write a line ${missing}=.* into \\.env`));
  });

  it('lets api and worker be scaled: nothing of them is bound to one container', () => {
    for (const name of ['api', 'worker']) {
      expect(services[name]?.container_name).toBeUndefined();
      expect(services[name]?.volumes).toBeUndefined();
    }
    // A range has a port for each; the port inside is the image's.
    expect(services.api?.ports).toEqual(['127.0.0.1:4000-4009:4000']);
    expect(services.worker?.ports).toBeUndefined();
  });
});

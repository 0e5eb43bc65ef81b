import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parts, startParts } from '../../start/parts.ts';
import { Sentinels } from './sentinels.ts';

/** The whole product as `npm start` runs it, from its compiled code, on a data folder of its own. */
export interface Installation {
  readonly parts: Parts;
  readonly operatorKey: string;
  /** Runs a GraphQL operation and returns its data; errors of the operation are thrown as they came. */
  call<T>(query: string, variables?: object, key?: string): Promise<T>;
  close(): Promise<void>;
}

export async function startInstallation(env: NodeJS.ProcessEnv = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook e2e '));
  const operatorKey = randomBytes(32).toString('base64url');
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  const parts = await startParts({
    progress: () => {},
    env: {
      PATH,
      HOME,
      XDG_CACHE_HOME,
      PORT: '0',
      EVERHOOK_DATA_DIR: folder,
      EVERHOOK_OPERATOR_KEY: operatorKey,
      EVERHOOK_ALLOW_HTTP: 'true',
      EVERHOOK_ALLOWED_PRIVATE_RANGES: '127.0.0.0/8',
      EVERHOOK_RATE_LIMIT: '1000000',
      ...env,
    },
  });
  const sentinels = new Sentinels();
  sentinels.add(operatorKey);

  /** Secrets that a log of any of its processes holds. */
  async function logged(): Promise<string[]> {
    const files = await readdir(folder, { recursive: true });
    const found = await Promise.all(
      files
        .filter((file) => file.endsWith('.log'))
        .map(async (file) => {
          const text = await readFile(join(folder, file), 'utf8');
          return sentinels.in(text).map((secret) => `${file}: ${secret}`);
        }),
    );
    return found.flat();
  }

  return {
    parts,
    operatorKey,
    async call(query, variables = {}, key = operatorKey) {
      const response = await fetch(`${parts.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: never; errors?: { message: string }[] };
      sentinels.note(variables);
      sentinels.note(data);
      if (errors) throw Object.assign(new Error(errors[0]?.message), { errors });
      return data;
    },
    async close() {
      await parts.stop();
      const found = await logged();
      await rm(folder, { recursive: true, force: true });
      if (found.length > 0) throw new Error(`Secrets are in the logs:\n${found.join('\n')}`);
    },
  };
}

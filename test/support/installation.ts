import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parts, startParts } from '../../start/parts.ts';

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
      if (errors) throw Object.assign(new Error(errors[0]?.message), { errors });
      return data;
    },
    async close() {
      await parts.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

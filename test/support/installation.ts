import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Parts, startParts } from '../../start/parts.ts';
import { Sentinels } from './sentinels.ts';

/** The whole product as `npm start` runs it, from its compiled code. */
export interface Product {
  readonly url: string;
  readonly operatorKey: string;
  /** Runs a GraphQL operation and returns its data; throws the operation's errors unchanged. */
  call<T>(query: string, variables?: object, key?: string): Promise<T>;
  /** Fails if a log of any of its processes holds a secret that was sent or shown here. */
  close(): Promise<void>;
}

/** A product with its own data folder. */
export interface Installation extends Product {
  readonly parts: Parts;
}

/** How to reach a product that another process has started. */
export interface ProductPlace {
  readonly url: string;
  readonly operatorKey: string;
  readonly folder: string;
}

/** Starts a product. To end it, call `parts.stop()` and remove its folder. */
export async function startProduct(env: NodeJS.ProcessEnv = {}): Promise<ProductPlace & { readonly parts: Parts }> {
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
  return { parts, url: parts.url, operatorKey, folder };
}

/**
 * @param end - ends what was started, before the logs are searched
 * @param endings - how processes ended that should not have ended
 */
export function productAt(
  { url, operatorKey, folder }: ProductPlace,
  end: () => Promise<void> = async () => {},
  endings: readonly string[] = [],
): Product {
  const sentinels = new Sentinels();
  sentinels.add(operatorKey);

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
    url,
    operatorKey,
    async call(query, variables = {}, key = operatorKey) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      }).catch((error: Error) => {
        // If a process of the product ended, that is the cause.
        error.message = [...endings, error.message].join(' ');
        throw error;
      });
      const { data, errors } = (await response.json()) as { data: never; errors?: { message: string }[] };
      sentinels.note(variables);
      sentinels.note(data);
      if (errors) throw Object.assign(new Error(errors[0]?.message), { errors });
      return data;
    },
    async close() {
      await end();
      const found = await logged();
      if (found.length > 0) throw new Error(`These secrets must not be in the logs:\n${found.join('\n')}`);
    },
  };
}

export async function startInstallation(env: NodeJS.ProcessEnv = {}): Promise<Installation> {
  const place = await startProduct(env);
  const product = productAt(place, () => place.parts.stop(), place.parts.endings);
  return {
    ...product,
    parts: place.parts,
    async close() {
      try {
        await product.close();
      } finally {
        await rm(place.folder, { recursive: true, force: true });
      }
    },
  };
}

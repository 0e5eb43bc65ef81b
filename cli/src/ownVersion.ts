import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const versionAt = (manifest: string | URL): string =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;

/** This program's version. */
export const cliVersion = versionAt(new URL('../package.json', import.meta.url));

/** The version of the SDK that it runs on. */
export const sdkVersion = (): string => versionAt(createRequire(import.meta.url).resolve('@everhook/sdk/package.json'));

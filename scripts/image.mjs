// How the image of a release is built: by `npm run release`, and by the test of the image.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './step.mjs';

/** The base that the Dockerfile names. */
export const usualBase = /^ARG NODE_IMAGE=(\S+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))[1];

const withoutTag = (image) => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');

/**
 * A base by its digest, which names the same bytes for ever, as a tag does not.
 *
 * @param {string} base is fetched if its digest is not given
 * @param {'buildah' | 'docker'} program
 * @param {string[]} store options of buildah
 */
export async function pinned(base, program, store = []) {
  if (/@sha256:[0-9a-f]{64}$/.test(base)) return base;
  if (program === 'docker') {
    await run('docker', ['pull', '--quiet', '--policy', 'always', base]);
    return (await run('docker', ['inspect', '--format', '{{index .RepoDigests 0}}', base])).trim();
  }
  await run('buildah', [...store, 'pull', '--quiet', base]);
  const digest = await run('buildah', [
    ...store,
    'inspect',
    '--type',
    'image',
    '--format',
    '{{.FromImageDigest}}',
    base,
  ]);
  return `${withoutTag(base)}@${digest.trim()}`;
}

/**
 * What `buildah bud` and `docker build` are told of a release.
 *
 * @param {{ version: string, revision: string, seconds: string | number, base: string, secrets?: string[] }} release
 */
export function imageArguments({ version, revision, seconds, base, secrets = [] }) {
  const values = {
    NODE_IMAGE: base,
    VERSION: version,
    REVISION: revision,
    CREATED: new Date(Number(seconds) * 1_000).toISOString(),
    SOURCE_DATE_EPOCH: seconds,
  };
  return [
    ...Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...secrets.flatMap((secret) => ['--secret', secret]),
  ];
}

/** Options of `buildah bud` by which two runs make the same. Docker's format keeps the health check; Docker and Podman load it. */
export const buildahFormat = (seconds) => ['--format', 'docker', '--timestamp', String(seconds)];

// How the image of a release is built: by `npm run release`, and by the test of the image.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fixed } from './archive.mjs';
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

/**
 * Writes an image's archive anew, with nothing in it that the next run would write in another way: builders note the container that
 * they built in, and archives have a form for old programs beside the one that all read.
 *
 * @param {string} archive as `docker save` and `buildah push docker-archive:` write it
 * @param {string} name by which it is loaded: `everhook:0.2.0`
 */
export async function settleArchive(archive, name, seconds) {
  const folder = await mkdtemp(`${archive}.`);
  try {
    await run('tar', ['--extract', '--file', archive, '-C', folder]);
    const [image] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const { container, container_config, ...config } = JSON.parse(await readFile(join(folder, image.Config), 'utf8'));
    config.config.Hostname = '';
    const text = JSON.stringify(config);
    const settled = join(folder, 'settled');
    await mkdir(settled);
    const configFile = `${createHash('sha256').update(text).digest('hex')}.json`;
    await writeFile(join(settled, configFile), text);
    const layers = config.rootfs.diff_ids.map((id) => `${id.replace('sha256:', '')}.tar`);
    for (const [index, layer] of layers.entries()) {
      // An image may have one layer twice.
      if (layers.indexOf(layer) !== index) continue;
      await rename(await realpath(join(folder, image.Layers[index])), join(settled, layer));
    }
    await writeFile(
      join(settled, 'manifest.json'),
      JSON.stringify([{ Config: configFile, RepoTags: [name], Layers: layers }]),
    );
    const files = (await readdir(settled)).sort();
    await run('tar', ['--create', '--file', archive, ...fixed(seconds), '-C', settled, ...files]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

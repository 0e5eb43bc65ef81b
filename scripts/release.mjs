// `npm run release -- [--to <folder>] [--without-image] [--base <image@digest>] [--secret <secret of the build>] [--dirty]
// [--untested]`: everything that a release consists of, the same bytes for the same commit.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fixed } from './archive.mjs';
import { bomOf } from './bom.mjs';
import { hasPassed, standing } from './commit.mjs';
import { buildahFormat, imageArguments, pinned, settleArchive, usualBase } from './image.mjs';
import { root, run, say } from './step.mjs';

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: 'release' },
    'without-image': { type: 'boolean', default: false },
    base: { type: 'string', default: usualBase },
    secret: { type: 'string', multiple: true, default: [] },
    dirty: { type: 'boolean', default: false },
    untested: { type: 'boolean', default: false },
  },
});

/** What is released is what a commit has, and what was tested: nobody could make the same of anything else. */
async function revision() {
  const { commit, changed } = await standing();
  if (changed.length === 0) {
    if (values.dirty || values.untested || (await hasPassed(commit))) return commit;
    throw new Error('npm run test:nodes has not passed here for this commit. Run it first, or release it --untested.');
  }
  if (values.dirty) return `${commit}-dirty`;
  const shown = changed.slice(0, 5);
  const more = changed.length > shown.length ? ` and ${changed.length - shown.length} more` : '';
  throw new Error(
    `The working tree has what no commit has: ${shown.join(', ')}${more}. Commit or remove it, or try a release of it by --dirty.`,
  );
}

/** Seconds: the time of the commit, so that a later run makes the same. */
async function epoch() {
  return process.env.SOURCE_DATE_EPOCH ?? (await run('git', ['log', '-1', '--format=%ct'])).trim();
}

const has = (program) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );

/** npm gives every file of a package the same time and owner. What is not built yet, npm builds first. */
const packages = ['@everhook/server', '@everhook/sdk', '@everhook/react', 'everhook'];
const pack = (to) => run('npm', ['pack', ...packages.flatMap((name) => ['-w', name]), '--pack-destination', to]);

/** A chart is an archive of its folder; helm itself would write the present time into it. */
async function packChart(to, version, seconds) {
  const from = 'deploy/helm';
  // Alerts and the board are links to deploy/prometheus and deploy/grafana.
  const options = ['--dereference', ...fixed(seconds)];
  const archive = join(to, `everhook-${version}.tar`);
  await run('tar', ['--create', '--file', archive, ...options, '--exclude=everhook/ci', '-C', from, 'everhook']);
  await run('gzip', ['--no-name', '--best', archive]);
  await rename(`${archive}.gz`, join(to, `everhook-chart-${version}.tgz`));
}

async function packImage(to, version, seconds, revision) {
  const program = (await has('buildah')) ? 'buildah' : (await has('docker')) ? 'docker' : null;
  if (program === null) return say('The image is left out: neither buildah nor docker is installed.');
  const name = `everhook:${version}`;
  const base = await pinned(values.base, program);
  say(`The image's base: ${base}`);
  const args = imageArguments({ version, revision, seconds, base, secrets: values.secret });
  const archive = join(to, `everhook-image-${version}-${process.arch === 'x64' ? 'amd64' : process.arch}.tar`);
  if (program === 'buildah') {
    await run('buildah', ['bud', ...buildahFormat(seconds), '--tag', name, ...args, '.']);
    await run('buildah', ['push', name, `docker-archive:${archive}:${name}`]);
  } else {
    await run('docker', ['build', '--tag', name, ...args, '.'], { SOURCE_DATE_EPOCH: seconds });
    await run('docker', ['save', '--output', archive, name]);
  }
  await settleArchive(archive, name, seconds);
}

/** The digests of all files, as `sha256sum --check` reads them. With EVERHOOK_RELEASE_KEY also their Ed25519 signature. */
async function writeDigests(to) {
  const lines = [];
  for (const name of (await readdir(to)).sort()) {
    lines.push(
      `${createHash('sha256')
        .update(await readFile(join(to, name)))
        .digest('hex')}  ${name}\n`,
    );
  }
  const text = lines.join('');
  await writeFile(join(to, 'SHA256SUMS'), text);
  const keyFile = process.env.EVERHOOK_RELEASE_KEY;
  if (keyFile) {
    const key = createPrivateKey(await readFile(keyFile));
    if (key.asymmetricKeyType !== 'ed25519')
      throw new Error('EVERHOOK_RELEASE_KEY: must name a file with an Ed25519 key (PEM).');
    await writeFile(join(to, 'SHA256SUMS.sig'), sign(null, Buffer.from(text), key));
  } else say('SHA256SUMS is not signed: EVERHOOK_RELEASE_KEY names no key.');
  return text;
}

async function release() {
  const to = resolve(values.to);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [commit, seconds] = [await revision(), await epoch()];
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await pack(to);
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  await writeFile(
    join(to, `everhook-${version}.cdx.json`),
    bomOf({ name: '@everhook/server', version }, lock.packages, seconds),
  );
  await packChart(to, version, seconds);
  await copyFile(join(root, 'compose.yaml'), join(to, 'compose.yaml'));
  if (!values['without-image']) await packImage(to, version, seconds, commit);
  process.stdout.write(await writeDigests(to));
}

await release().catch((error) => {
  say(error.message);
  process.exitCode = 1;
});

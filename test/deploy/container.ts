import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../core/ground/packageRoot.ts';
import { cached } from '../../local/cache.ts';
import { tool } from './tool.ts';

const execute = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

/** What scripts/image.mjs has: how a release builds its image. */
interface ImageScript {
  readonly usualBase: string;
  imageArguments(release: {
    readonly version: string;
    readonly revision: string;
    readonly seconds: number;
    readonly base: string;
    readonly secrets: readonly string[];
  }): string[];
  buildahFormat(seconds: number): string[];
  settleArchive(archive: string, name: string, seconds: number): Promise<void>;
}

/** What the image of these tests is made of. */
export const released = { version: '9.8.7-test', revision: 'f'.repeat(40), seconds: 1_700_000_000 } as const;

/** What the image says about itself, as Docker's format has it. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** A built image, mounted. */
export interface Image {
  readonly config: ImageConfig;
  /** Its base by name and digest. */
  readonly base: string;
  /** What a release's archive of it holds beside the layers, by file, and what a program that loads it sees. */
  archived(): Promise<{ readonly files: readonly string[]; readonly text: string; readonly loaded: ImageConfig }>;
  /** The folder of its whole file system. */
  readonly root: string;
  remove(): Promise<void>;
}

/** Debian and Node 24 with npm, as the official image has them, as a folder of the cache. */
function baseFiles(): Promise<string> {
  return cached(
    `image-base-node24-${process.arch}`,
    () => {},
    async (fresh) => {
      const root = join(fresh, 'root');
      const mirror = 'http://deb.debian.org/debian';
      await execute(tool('debootstrap'), ['--variant=minbase', '--include=ca-certificates', 'bookworm', root, mirror], {
        maxBuffer,
      });
      // npm's package `node` brings its program by an install script.
      await writeFile(join(fresh, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
      const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false'];
      await execute('npm', ['install', '--prefix', fresh, ...flags, 'node@24', 'npm@11'], { maxBuffer });
      const [packages, local] = [join(fresh, 'node_modules'), join(root, 'usr/local')];
      await cp(join(packages, 'node/bin/node'), join(local, 'bin/node'), { dereference: true });
      await chmod(join(local, 'bin/node'), 0o755);
      await mkdir(join(local, 'lib/node_modules'), { recursive: true });
      await cp(join(packages, 'npm'), join(local, 'lib/node_modules/npm'), { recursive: true });
      await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
      await rm(packages, { recursive: true });
      await rm(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
    },
  );
}

/** Builds the Dockerfile as it is and as a release does, on a base that is named by its digest, in a store that the test removes. */
export async function buildImage(): Promise<Image> {
  const { usualBase, imageArguments, buildahFormat, settleArchive } = (await import(
    pathToFileURL(join(packageRoot, 'scripts/image.mjs')).href
  )) as ImageScript;
  const files = await baseFiles();
  const folder = await mkdtemp(join(tmpdir(), 'everhook-image-'));
  const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')];
  const buildah = async (...args: string[]) =>
    (await execute(tool('buildah'), [...store, ...args], { maxBuffer })).stdout.trim();
  const remove = async () => {
    await buildah('umount', '--all').catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const scratch = await buildah('from', 'scratch');
    await buildah('add', '--quiet', scratch, join(files, 'root'), '/');
    // Here it is made, because a test has no registry.
    await buildah('commit', '--quiet', scratch, usualBase);
    await buildah('rm', scratch);
    const digest = await buildah('inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', usualBase);
    const base = `${usualBase.replace(/:[^/:]*$/, '')}@${digest}`;

    // As a user does who has a registry or a certificate authority of their own.
    const npmrc = join(folder, 'npmrc');
    const own = join(homedir(), '.npmrc');
    await writeFile(npmrc, existsSync(own) ? await readFile(own) : '');
    const authorities = process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt';
    const { stdout: npmCache } = await execute('npm', ['config', 'get', 'cache']);
    await buildah(
      ...['bud', ...buildahFormat(released.seconds), '--isolation', 'chroot', '--pull-never', '--tag', 'everhook:test'],
      // As many open files as this process may have, in place of 1,024: npm has 800 and more.
      ...['--ulimit', `nofile=${maxOpenFiles()}`],
      ...imageArguments({ ...released, base, secrets: [`id=npmrc,src=${npmrc}`, `id=ca,src=${authorities}`] }),
      ...['--volume', `${npmCache.trim()}/_cacache:/root/.npm/_cacache`],
      packageRoot,
    );
    const container = await buildah('from', '--pull-never', 'everhook:test');
    const inspected = JSON.parse(await buildah('inspect', '--type', 'image', 'everhook:test')) as {
      Docker: { config: ImageConfig };
    };
    const archived = async () => {
      const [archive, name] = [join(folder, 'image.tar'), 'everhook:release'];
      await buildah('push', '--quiet', 'everhook:test', `docker-archive:${archive}:${name}`);
      await settleArchive(archive, name, released.seconds);
      const files = (await execute('tar', ['--list', '--file', archive])).stdout.trim().split('\n');
      const texts = files.filter((file) => file.endsWith('.json'));
      const { stdout: text } = await execute('tar', ['--extract', '--to-stdout', '--file', archive, ...texts]);
      await buildah('pull', '--quiet', `docker-archive:${archive}`);
      const { Docker } = JSON.parse(await buildah('inspect', '--type', 'image', name)) as {
        Docker: { config: ImageConfig };
      };
      return { files, text, loaded: Docker.config };
    };
    return { config: inspected.Docker.config, base, archived, root: await buildah('mount', container), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const maxOpenFiles = (): string =>
  /^Max open files +\d+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? '1024';

/** A command of the image that runs. */
export interface Running {
  /** Its process 1, as this system numbers it. */
  readonly pid: number;
  readonly output: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it at once. */
  kill(): void;
  /** Runs the image's health check in it. @returns what is wrong; an empty text: it is healthy */
  ailing(): Promise<string>;
}

/**
 * Runs a command of an image as process 1 of its own process and mount namespaces, as its own user, on its own file system,
 * which is mounted read-only. Not shown by that: a container's own network, its limits, and its dropped capabilities.
 */
export async function runImage(
  { root, config }: Image,
  command: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<Running> {
  const own = Object.fromEntries(config.Env.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...own, ...settings };
  const script =
    'user="$1"; shift; mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && ' +
    'mount -o remount,bind,ro "$0" && exec chroot --userspec="$user" "$0" "$@"';
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'bash',
      '-c',
      script,
      root,
      config.User,
      ...config.Entrypoint,
      ...command,
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const first = async (): Promise<number> => {
    for (;;) {
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '');
      if (children.trim() !== '' || child.exitCode !== null) return Number(children.trim());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const pid = await first();
  return {
    pid,
    kill() {
      if (child.exitCode !== null) return;
      // Its own end ends all of its namespace; one that has changed its user outlives what started it.
      for (const each of [pid, child.pid as number]) {
        try {
          process.kill(each, 'SIGKILL');
        } catch {
          // It has ended.
        }
      }
    },
    output: () => output,
    ended,
    ailing: () =>
      execute(
        'nsenter',
        ['--target', String(pid), '--mount', '--pid', '--root', '--wd', '--', ...config.Healthcheck.Test.slice(1)],
        { env },
      ).then(
        () => '',
        ({ message }: Error) => message,
      ),
  };
}

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { packageRoot } from '../../core/ground/packageRoot.ts';

const execute = promisify(execFile);

/** An application with the packages of this repository, packed and installed as npm does. */
export interface ReactApplication {
  /** What a browser loads. */
  readonly folder: string;
  /** Where the packages are installed. */
  readonly installed: string;
}

/** Applications, one a version of React. */
export async function buildReactApplications(
  sources: string,
  versions: readonly string[],
): Promise<{ applications: ReactApplication[]; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook react '));
  const packages = await Promise.all(
    ['client-sdk', 'client-react'].map(async (name) => {
      const args = ['pack', join(packageRoot, name), '--pack-destination', folder, '--ignore-scripts', '--json'];
      const { stdout } = await execute('npm', args, { cwd: folder });
      return join(folder, (JSON.parse(stdout) as [{ filename: string }])[0].filename);
    }),
  );
  const applications = await Promise.all(
    versions.map(async (version) => {
      const root = join(folder, `react ${version}`);
      await mkdir(root);
      await cp(sources, root, { recursive: true });
      await writeFile(join(root, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
      await execute('npm', ['install', ...quiet, ...packages, `react@${version}`, `react-dom@${version}`], {
        cwd: root,
      });
      await build({
        root,
        configFile: false,
        logLevel: 'error',
        oxc: { jsx: { runtime: 'automatic' } },
        build: { target: 'es2022' },
      });
      return { folder: join(root, 'dist'), installed: root };
    }),
  );
  return { applications, remove: () => rm(folder, { recursive: true, force: true }) };
}

import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../../core/ground/packageRoot.ts';

/** As their users install them; they are no packages of ours. */
const packages = [
  'express@5.3.0',
  'express4@npm:express@4.22.3',
  'fastify@5.12.8',
  'hono@4.13.19',
  '@hono/node-server@1.19.19',
  'koa@3.3.0',
  'koa-bodyparser@4.4.1',
  '@nestjs/common@11.2.10',
  '@nestjs/core@11.2.10',
  '@nestjs/platform-express@11.2.8',
  '@nestjs/platform-fastify@11.2.8',
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
];

/** A project of its own with the frameworks and the compiled SDK. @returns what imports a package there */
export async function installFrameworks(folder: string): Promise<(name: string) => Promise<Framework>> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
    cwd: folder,
    maxBuffer: 16 * 1024 * 1024,
  });
  await mkdir(join(folder, 'node_modules', '@everhook'), { recursive: true });
  await symlink(join(packageRoot, 'client-sdk'), join(folder, 'node_modules', '@everhook', 'sdk'));
  const require = createRequire(join(folder, 'index.js'));
  return (name) => import(/* @vite-ignore */ pathToFileURL(require.resolve(name)).href);
}

// biome-ignore lint/suspicious/noExplicitAny: frameworks are used as their documents say, without their types.
export type Framework = any;

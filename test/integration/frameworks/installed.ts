import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../core/ground/packageRoot.ts';
import { type Installed, npmInstall } from '../../support/npmInstall.ts';

/** As their users install them. */
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
  const installed = await npmInstall(folder, packages);
  await mkdir(join(folder, 'node_modules', '@everhook'), { recursive: true });
  await symlink(join(packageRoot, 'client-sdk'), join(folder, 'node_modules', '@everhook', 'sdk'));
  return installed;
}

export type Framework = Installed;

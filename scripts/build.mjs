// From a fresh clone to a runnable product: dependencies, generated code, compiled code, the workflows' bundle. `node scripts/build.mjs
// [sdk|react|cli|server]` builds only what that npm package consists of: npm runs it before it packs one.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install } from './install.mjs';
import { serverPackage, stagedTexts, stagePackage } from './stage.mjs';
import { alone, root, run, say, step } from './step.mjs';
import { bundleWorkflows } from './workflowBundle.mjs';

const has = (path) => existsSync(join(root, path));

/** The folders that `tsconfig.build.json` compiles. */
const sourceFolders = ['core', 'server', 'schema', 'workflows', 'local', 'start', 'demo', 'bench', 'prisma'];

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24) return;
  throw new Error(`Everhook needs Node 20.19 or newer, 22.12 or newer, or 24; this is ${process.versions.node}.`);
}

async function generate() {
  await step('prisma', {
    inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'],
    outputs: ['core/store/prisma/client.ts', 'schema/generated/prisma-types.ts'],
    work: async () => {
      say('Generating the database client');
      // Generating needs no schema engine; naming any program keeps Prisma from downloading one.
      const env = {
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      };
      await run('prisma', ['generate'], env);
    },
  });
  if (has('codegen.ts') && has('schema/schema.graphql')) {
    await step('codegen', {
      inputs: [
        'codegen.ts',
        'scripts/sdkScalars.mjs',
        'schema/schema.graphql',
        'client-sdk/operations',
        'package-lock.json',
      ],
      outputs: ['client-sdk/src/generated/operations.ts', 'client-sdk/src/generated/scalars.ts'],
      work: async () => {
        say("Generating the SDK's operations");
        await run('graphql-codegen', ['--config', 'codegen.ts']);
        const { generateSdkScalars } = await import('./sdkScalars.mjs');
        await generateSdkScalars();
      },
    });
  }
  await step('sdk-events', {
    inputs: ['core/profiles', 'client-sdk/src/catalogue', 'scripts/sdkEvents.mjs', 'package-lock.json'],
    outputs: ['client-sdk/src/generated/events.ts'],
    work: async () => {
      say("Generating the SDK's types of events");
      // Imported here, because its packages are installed only now.
      const { generateSdkEvents } = await import('./sdkEvents.mjs');
      await generateSdkEvents();
    },
  });
}

async function compileSdk() {
  if (!has('client-sdk/tsconfig.json')) return;
  await step('client-sdk', {
    inputs: ['client-sdk', 'tsconfig.json', 'package-lock.json'],
    outputs: ['client-sdk/dist/index.js'],
    work: async () => {
      say('Compiling the SDK');
      await rm(join(root, 'client-sdk/dist'), { recursive: true, force: true });
      await run('tsc', ['-p', 'client-sdk/tsconfig.json']);
    },
  });
}

async function compileReact() {
  await step('client-react', {
    inputs: ['client-react', 'client-sdk', 'tsconfig.json', 'package-lock.json'],
    outputs: ['client-react/dist/index.js'],
    work: async () => {
      say('Compiling the React package');
      await rm(join(root, 'client-react/dist'), { recursive: true, force: true });
      await run('tsc', ['-p', 'client-react/tsconfig.json']);
    },
  });
}

async function compileCli() {
  await step('cli', {
    inputs: ['cli', 'client-sdk', 'tsconfig.json', 'package-lock.json'],
    outputs: ['cli/dist/everhook.js'],
    work: async () => {
      say('Compiling the CLI');
      await rm(join(root, 'cli/dist'), { recursive: true, force: true });
      await run('tsc', ['-p', 'cli/tsconfig.json']);
    },
  });
}

async function compileDashboard() {
  await step('dashboard', {
    inputs: ['dashboard', 'client-sdk', 'package-lock.json'],
    outputs: ['dashboard/dist/index.html'],
    work: async () => {
      say('Bundling the dashboard');
      // Whatever the caller runs in: React for production is half as large.
      await run('vite', ['build', 'dashboard', '--logLevel', 'warn'], { NODE_ENV: 'production' });
    },
  });
}

async function compile() {
  await step('compile', {
    inputs: [
      ...[...sourceFolders, 'client-sdk/src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
      'scripts/workflowBundle.mjs',
    ],
    outputs: ['dist'],
    work: async () => {
      say('Compiling');
      // Moved into place whole: running processes keep the old folder, and no file of a deleted source stays.
      const fresh = join(root, 'dist.new');
      const old = join(root, 'dist.old');
      await rm(fresh, { recursive: true, force: true });
      await run('tsc', ['-p', 'tsconfig.build.json', '--outDir', fresh]);
      if (existsSync(join(fresh, 'workflows', 'index.js'))) await bundleWorkflows(join(fresh, 'workflows'));
      await rm(old, { recursive: true, force: true });
      if (has('dist')) await rename(join(root, 'dist'), old);
      await rename(fresh, join(root, 'dist'));
      await rm(old, { recursive: true, force: true });
    },
  });
}

/** Dependencies and generated code: what tests and type checks need. */
export function prepare() {
  checkNode();
  return alone(async () => {
    await install();
    await generate();
  });
}

async function stageServer() {
  await step('server-package', {
    inputs: [
      ...sourceFolders,
      'client-sdk',
      'dashboard',
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
      ...stagedTexts,
    ],
    outputs: ['dist/start', 'dashboard/dist', 'LICENSE'].map((file) => `${serverPackage}/${file}`),
    work: stagePackage,
  });
}

const product = [compileSdk, compileReact, compileCli, compileDashboard, compile];
/** What each npm package needs. */
const packages = {
  sdk: [compileSdk],
  react: [compileSdk, compileReact],
  cli: [compileSdk, compileCli],
  server: [compileSdk, compileDashboard, compile, stageServer],
};

function buildParts(parts) {
  checkNode();
  return alone(async () => {
    await install();
    await generate();
    for (const part of parts) await part();
  });
}

export const build = () => buildParts(product);

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [name] = process.argv.slice(2);
  await buildParts(name === undefined ? product : packages[name]).catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
}

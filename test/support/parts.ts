import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { endRecorded } from '../../local/childProcess.ts';
import { ensureDatabase, type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import { identify, isRunning } from '../../local/processIdentity.ts';
import { migrate } from '../../prisma/migrate.ts';
import { type PartsServer, servePartsOnDemand } from './partsOnDemand.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's administrative database. */
    postgresUrl: string;
    /** URL of the server that starts parts when a test first asks for them. */
    partsUrl: string;
  }
}

/** A migrated database that is only copied. */
const templateDatabase = 'everhook_template';

interface Parts {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  readonly onDemand: PartsServer;
}

/** Vitest runs this file once for each project, each time as a new module: the process object shares the parts. */
const shared = globalThis as typeof globalThis & { everhookParts?: { users: number; parts: Promise<Parts> } };

const FOLDER = 'everhook test ';
/** The lock of an installation that a test started names its owner. */
const OWNERS = ['owner.json', join('lock', 'owner.json')];
const pidFiles = ['api.pid', 'worker.pid', join('temporal', 'temporal.pid'), join('postgres', 'postgres.pid')];

/** Folders of test runs and of what their tests start. */
async function leftFolders(): Promise<{ folder: string; isOfRun: boolean; owned: boolean }[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith('everhook '));
  const found = names.map(async (name) => {
    const folder = join(tmpdir(), name);
    const owners = await Promise.all(OWNERS.map((file) => readFile(join(folder, file), 'utf8').catch(() => null)));
    const owner = owners.find((text) => text !== null);
    if (owner === undefined) return [];
    return [{ folder, isOfRun: name.startsWith(FOLDER), owned: await isRunning(JSON.parse(owner)) }];
  });
  return (await Promise.all(found)).flat();
}

/** Ends processes and removes folders that killed test runs left behind. */
async function sweep(): Promise<void> {
  const left = await leftFolders();
  // What another run starts and ends has no owner for moments.
  if (left.some(({ isOfRun, owned }) => isOfRun && owned)) return;
  for (const { folder, owned } of left) {
    if (owned) continue;
    for (const file of pidFiles) await endRecorded(join(folder, file), 'SIGQUIT');
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(): Promise<Parts> {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), FOLDER));
  await writeFile(join(folder, 'owner.json'), JSON.stringify(await identify(process.pid)));
  // The data of a test run need not survive a power cut; the fault tests start their own servers with the real settings.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), settings });
  const end = () => {
    postgres.child.kill('SIGQUIT');
    onDemand?.kill();
  };
  let onDemand: PartsServer | null = null;
  // Otherwise parts of an interrupted run would run for ever.
  process.once('exit', end);
  await ensureDatabase(postgres.url('postgres'), templateDatabase);
  await migrate(postgres.url(templateDatabase));
  onDemand = await servePartsOnDemand(folder, postgres);
  return { folder, postgres, onDemand };
}

/** One real PostgreSQL for the run, with a migrated template; Temporal when the first test asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.everhookParts ??= { users: 0, parts: start() };
  const entry = shared.everhookParts;
  entry.users += 1;
  const { folder, postgres, onDemand } = await entry.parts;
  project.provide('postgresUrl', postgres.url('postgres'));
  project.provide('partsUrl', onDemand.url);
  return async () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    delete shared.everhookParts;
    await onDemand.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

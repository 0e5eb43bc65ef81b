import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureDatabase, type LocalPostgres, startPostgres } from '../../local/postgres.ts';
import { migrate } from '../../prisma/migrate.ts';
import { type PartsServer, servePartsOnDemand } from './partsOnDemand.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the server's administrative database. */
    postgresUrl: string;
    /** Where a test asks for what is started only when it is needed. */
    partsUrl: string;
  }
}

/** A migrated database that is only ever copied. */
export const TEMPLATE_DATABASE = 'everhook_template';

interface Parts {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  readonly onDemand: PartsServer;
}

/** Vitest runs this file once a project, each time as a module of its own: the parts are shared through the process. */
const shared = globalThis as typeof globalThis & { everhookParts?: { users: number; parts: Promise<Parts> } };

async function start(): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'everhook test '));
  // Data of a test run need not survive a power cut; the fault tests start servers of their own, with the real settings.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), settings });
  const end = () => {
    postgres.child.kill('SIGQUIT');
    onDemand?.kill();
  };
  let onDemand: PartsServer | null = null;
  // What a run that is broken off leaves behind would run for ever.
  process.once('exit', end);
  await ensureDatabase(postgres.url('postgres'), TEMPLATE_DATABASE);
  await migrate(postgres.url(TEMPLATE_DATABASE));
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

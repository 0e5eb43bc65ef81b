import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey } from '../core/secrets/keyRing.ts';
import { endRecorded } from '../local/childProcess.ts';
import { tryLock } from '../local/folderLock.ts';
import type { UnseenKey } from './operatorKey.ts';
import { drainMs, temporalTimeoutMs } from './part.ts';

/** The product's own database on the embedded server. */
export const productDatabase = 'everhook';
/** The owner of that database; API and worker sign in as this role. */
export const productRole = 'everhook_app';

/** Where one installation keeps the data that it must not lose. Only one supervisor uses it at a time. */
export interface DataFolder {
  readonly path: string;
  file(...names: string[]): string;
  /** The ports of the last start, so that clients configured with them go on working. */
  ports(): Promise<Ports>;
  keepPorts(ports: Ports): Promise<void>;
  /** The encryption keys kept here, made at the first start, readable only by their owner. */
  encryptionKeys(): Promise<string>;
  /** Readable only by its owner. */
  readonly unseenKey: UnseenKey;
  release(): Promise<void>;
}

export interface Ports {
  readonly postgres?: number;
  readonly temporal?: readonly number[];
}

/** Children that a killed supervisor may have left, and how long each may take to end. PostgreSQL handles itself. */
const left = [
  { pidFile: 'api.pid', patienceMs: drainMs },
  { pidFile: 'worker.pid', patienceMs: drainMs },
  { pidFile: join('temporal', 'temporal.pid'), patienceMs: temporalTimeoutMs },
];

/**
 * @param signal - gives it up while what an earlier start left is ending
 * @throws if another supervisor uses the folder; the signal's reason
 */
export async function openDataFolder(path: string, signal?: AbortSignal): Promise<DataFolder> {
  // Others may pass through: run as root, PostgreSQL has another user. Every file here is readable only by its owner.
  await mkdir(path, { recursive: true, mode: 0o711 });
  const lock = await tryLock(join(path, 'lock'));
  if ('holder' in lock) {
    throw new Error(
      `Another Everhook (process ${lock.holder?.pid ?? 'just starting'}) uses the data folder ${path}. ` +
        'Stop that one first, or set EVERHOOK_DATA_DIR to another folder.',
    );
  }
  const file = (...names: string[]) => join(path, ...names);
  try {
    await Promise.all(left.map(({ pidFile, patienceMs }) => endRecorded(file(pidFile), 'SIGTERM', patienceMs, signal)));
  } catch (error) {
    await lock.release();
    throw error;
  }
  const write = async (name: string, content: string) => {
    await writeFile(file(`${name}.new`), content, { mode: 0o600, flush: true });
    await rename(file(`${name}.new`), file(name));
  };
  return {
    path,
    file,
    ports: () =>
      readFile(file('ports.json'), 'utf8').then(
        (text) => JSON.parse(text) as Ports,
        () => ({}),
      ),
    keepPorts: (ports) => write('ports.json', JSON.stringify(ports)),
    async encryptionKeys() {
      if (!existsSync(file('encryption-keys'))) await write('encryption-keys', generateKey());
      return (await readFile(file('encryption-keys'), 'utf8')).trim();
    },
    unseenKey: {
      kept: () =>
        readFile(file('operator-key'), 'utf8').then(
          (text) => text || null,
          () => null,
        ),
      keep: (key) => write('operator-key', key),
      forget: () => rm(file('operator-key'), { force: true }),
    },
    release: lock.release,
  };
}

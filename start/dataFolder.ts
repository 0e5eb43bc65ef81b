import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey } from '../core/secrets/keyRing.ts';
import { endRecorded } from '../local/childProcess.ts';
import { tryLock } from '../local/folderLock.ts';

/** The product's own database on the embedded server. */
export const DATABASE = 'everhook';
/** Its owner there, whom API and worker sign in as. */
export const DATABASE_ROLE = 'everhook_app';

/** Where one installation keeps what it must not lose. One supervisor at a time uses it. */
export interface DataFolder {
  readonly path: string;
  file(...names: string[]): string;
  /** The ports of the last start, so that what was configured with them goes on working. */
  ports(): Promise<Ports>;
  keepPorts(ports: Ports): Promise<void>;
  /** The encryption keys kept here, made at the first start, readable by their owner alone. */
  encryptionKeys(): Promise<string>;
  release(): Promise<void>;
}

export interface Ports {
  readonly postgres?: number;
  readonly temporal?: readonly number[];
}

/** Children of a supervisor that was killed, in the order in which they may be ended. PostgreSQL looks after itself. */
const PID_FILES = ['api.pid', 'worker.pid', join('temporal', 'temporal.pid')];

/** @throws where another supervisor uses the folder */
export async function openDataFolder(path: string): Promise<DataFolder> {
  // Others may pass through: run as root, PostgreSQL is another user. Every file here keeps its content to its owner.
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
    for (const name of PID_FILES) await endRecorded(file(name), 'SIGTERM');
  } catch (error) {
    await lock.release();
    throw error;
  }
  const write = async (name: string, content: string) => {
    await writeFile(file(`${name}.new`), content, { mode: 0o600 });
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
    release: lock.release,
  };
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOutput } from '../core/composition/commandOutput.ts';
import { type Config, ConfigError, loadConfig } from '../core/composition/config.ts';
import { reachableDatabase, untilReached } from '../core/composition/reach.ts';
import { handleSignalsHere } from '../core/ground/endAtOnce.ts';
import { generateKey, parseKeyRing } from '../core/secrets/keyRing.ts';
import { rotateKeys } from '../core/secrets/rotate.ts';
import { openDatabase } from '../core/store/database.ts';
import { passwordFile } from '../local/databaseRoles.ts';
import { productDatabase, productRole } from './dataFolder.ts';

const { say, fail } = commandOutput('keys:rotate');

const missing = (file: string) => (error: Error & { code?: string }) => {
  if (error.code !== 'ENOENT') throw error;
  throw new ConfigError([
    `EVERHOOK_DATA_DIR: has no ${file}. Name the folder that \`npm start\` uses, or set DATABASE_URL and EVERHOOK_ENCRYPTION_KEYS.`,
  ]);
};

/** For an installation that `npm start` runs: its database runs beside this, on the port of the last start. */
async function embeddedUrl({ dataDir }: Config): Promise<string> {
  const ports = await readFile(join(dataDir, 'ports.json'), 'utf8').catch(missing('ports.json'));
  const file = passwordFile('postgres', productRole);
  const password = await readFile(join(dataDir, file), 'utf8').catch(missing(file));
  const { postgres } = JSON.parse(ports) as { postgres?: number };
  return `postgresql://${productRole}:${password.trim()}@127.0.0.1:${postgres}/${productDatabase}`;
}

/** `everhook-server keys:rotate`: encrypts again what is under an older key. With `--generate` it only makes a new key. */
async function main(): Promise<void> {
  if (process.argv.includes('--generate')) {
    // The key itself is what is asked for.
    process.stdout.write(`${generateKey()}\n`);
    return;
  }
  const config = loadConfig(process.env);
  const file = join(config.dataDir, 'encryption-keys');
  const keys = parseKeyRing(
    config.encryptionKeys ?? (await readFile(file, 'utf8').catch(missing('encryption-keys'))).trim(),
  );
  const stopping = new AbortController();
  const stopped = new Error('Stopped before anything was sealed again.');
  handleSignalsHere();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(stopped));
  // The embedded database is not waited for: it runs only while `npm start` does.
  if (config.databaseUrl) {
    await untilReached(reachableDatabase(config.databaseUrl), say, stopping.signal);
  }
  const database = openDatabase(config.databaseUrl ?? (await embeddedUrl(config)), { connections: 2 });
  try {
    const { resealed, failed, idsInUse, finished } = await rotateKeys({
      pool: database.pool,
      keys,
      signal: stopping.signal,
      onOrganization: (id, count) => say(`Organization ${id}: ${count} sealed again`),
    });
    for (const { table, column, id, reason } of failed) say(`Not sealed again: ${table}.${column} of ${id}. ${reason}`);
    say(`${resealed} sealed again under the key "${keys.ids[0]}".`);
    const old = idsInUse.filter((id) => id !== keys.ids[0]);
    if (!finished) say('Stopped before the end: run it again to go on.');
    else if (old.length > 0) say(`Still in use: ${old.join(', ')}. Keep them in the ring, and run this again.`);
    else say('No other key is in use: you can remove the old ones from the ring.');
    process.exitCode = finished && old.length === 0 ? 0 : 1;
  } finally {
    await database.close();
  }
}

main().catch((error: Error & { code?: string }) => {
  const away = error.code === 'ECONNREFUSED' ? 'The database does not answer: start Everhook first.' : error.message;
  fail(away);
  process.exitCode = 1;
});

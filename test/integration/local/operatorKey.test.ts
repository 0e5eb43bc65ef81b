import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connected } from '../../../local/connected.ts';
import { type DataFolder, openDataFolder } from '../../../start/dataFolder.ts';
import { firstOperatorKey } from '../../../start/operatorKey.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let folder: DataFolder;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  folder = await openDataFolder(await mkdtemp(join(tmpdir(), 'operator key ')));
});
afterEach(async () => {
  await connected(database.url, (client) => client.query('DELETE FROM api_key'));
  await folder.release();
  await rm(folder.path, { recursive: true });
});

const first = () => firstOperatorKey(database.url, folder.unseenKey);

describe('the operator key that a first start makes', () => {
  it('is given again until somebody has seen it, and is nowhere after that', async () => {
    const key = await first();
    expect(key).toMatch(/^ehk_/);
    expect((await stat(folder.file('operator-key'))).mode & 0o777).toBe(0o600);
    expect(await first(), 'the start after one that ended before it had shown it').toBe(key);
    await folder.unseenKey.forget();
    expect(await first()).toBeNull();
    expect(await readdir(folder.path)).toEqual(['lock']);
  });

  it('is the one that was kept where the start ended before the database had it', async () => {
    await folder.unseenKey.keep('ehk_kept-before-the-database-had-it');
    expect(await first()).toBe('ehk_kept-before-the-database-had-it');
    expect(await first()).toBe('ehk_kept-before-the-database-had-it');
  });

  it('is not given where another replaced it, and is forgotten', async () => {
    await first();
    await connected(database.url, (client) => client.query("UPDATE api_key SET digest = 'another'"));
    expect(await first()).toBeNull();
    expect(await readdir(folder.path)).toEqual(['lock']);
  });
});

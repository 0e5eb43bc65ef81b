import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { changeConfig } from '../../../cli/src/settings/configFile.ts';
import { atTime } from '../../support/atTime.ts';

it('a command that was killed while it changed the file of keys does not hold up the next one, and leaves no copy of the keys', async () => {
  const home = await mkdtemp(join(tmpdir(), 'everhook keys '));
  const folder = join(home, 'everhook');
  vi.stubEnv('XDG_CONFIG_HOME', home);
  try {
    const killed = spawn(process.execPath, ['-e', '']);
    await once(killed, 'close');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json.lock'), String(killed.pid));
    await writeFile(join(folder, `config.json.${killed.pid}`), '{ "contexts": {} }');
    // The clock stands: whoever waited for the lock's time to pass would wait for ever.
    await atTime(Date.now(), () => changeConfig((config) => config));
    expect(await readdir(folder)).toEqual(['config.json']);
  } finally {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  }
});

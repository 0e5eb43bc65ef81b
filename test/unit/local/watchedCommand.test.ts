import { describe, expect, it } from 'vitest';
import { watchedCommand } from '../../../local/watchedCommand.ts';

/** A real program, whose lines and silence are what it is given. */
const run = (script: string, silentMs: () => number | null, progress = (_: string) => {}) =>
  watchedCommand({
    program: process.execPath,
    args: ['-e', script],
    env: {},
    waiting: (line) => `waiting after ${line}`,
    progress,
    silentMs,
  });

describe('a command that gets things from the network', () => {
  it('shows within seconds what is waited for, with the last that it said, and is ended when it says no more', async () => {
    const told: string[] = [];
    const silent = run(
      "console.log('asking the server'); setInterval(() => {}, 1000)",
      () => 12_000,
      (line) => told.push(line),
    );
    await expect(silent).rejects.toThrow(/asking the server\n.*printed nothing for 12 s and was ended/);
    expect(told[0]).toMatch(/waiting after asking the server, 1\d s/);
  }, 60_000);

  it('fails with its last lines', async () => {
    await expect(run("console.error('no such module'); process.exit(3)", () => null)).rejects.toThrow('no such module');
  });
});

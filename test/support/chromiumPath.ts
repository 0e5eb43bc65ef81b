import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { toolEnvironment } from '../../local/environment.ts';
import { toStderr } from '../../local/progress.ts';
import { watchedCommand } from '../../local/watchedCommand.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser's program; null where there is none. */
    chromiumPath: string | null;
    /** The same without windows, menus and settings: it takes a fifth less of the CPU for a whole test. Null where there is none. */
    headlessPath: string | null;
  }
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const headless = ['chromium-headless-shell'];
const places = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];

const find = (programs: readonly string[]): string | null =>
  places.flatMap((place) => programs.map((program) => join(place, program))).find((path) => existsSync(path)) ?? null;

async function install(): Promise<void> {
  const apt = (...args: string[]) =>
    watchedCommand({
      program: 'apt-get',
      // By default apt waits two minutes for a server at each try, and tries several addresses.
      args: [
        '-o',
        'Acquire::http::Timeout=30',
        '-o',
        'Acquire::https::Timeout=30',
        '-o',
        'Acquire::Retries=1',
        ...args,
      ],
      env: { ...toolEnvironment(), DEBIAN_FRONTEND: 'noninteractive' },
      progress: toStderr,
      waiting: (line) => (line === '' ? 'apt-get starts' : `apt-get: ${line.slice(0, 120)}`),
      silentMs: () => 100_000,
    });
  toStderr('Installing Chromium by apt-get: about a minute, once');
  const both = ['install', '-y', 'chromium', 'chromium-headless-shell'];
  try {
    await apt(...both);
  } catch {
    // The list of packages may be older than the packages.
    await apt('update');
    // Not every system has the second.
    await apt(...both).catch(() => apt('install', '-y', 'chromium'));
  }
}

/**
 * Finds a real Chromium once for the run: `CHROMIUM_PATH`, one on the PATH, or one that apt installs. It does so before any test,
 * because apt runs one at a time. Without a Chromium, the tests that need it fail.
 */
export default async function setup(project: TestProject): Promise<void> {
  const named = process.env.CHROMIUM_PATH || null;
  let path = named ?? find(browsers);
  if (path === null) {
    // The tests that need it say what to do.
    await install().catch((error: Error) => toStderr(`Chromium could not be installed: ${error.message}`));
    path = find(browsers);
  }
  project.provide('chromiumPath', path);
  project.provide('headlessPath', named ?? find(headless) ?? path);
}

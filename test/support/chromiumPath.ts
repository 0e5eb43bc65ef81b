import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The browser's program; null where there is none. */
    chromiumPath: string | null;
  }
}

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];

const find = (): string | null =>
  places.flatMap((place) => programs.map((program) => join(place, program))).find((path) => existsSync(path)) ?? null;

async function install(): Promise<void> {
  const apt = (...args: string[]) => promisify(execFile)('apt-get', args, { timeout: 300_000 });
  process.stderr.write('Installing Chromium by apt-get: about a minute, once\n');
  try {
    await apt('install', '-y', 'chromium');
  } catch {
    // The list of packages may be older than the packages.
    await apt('update');
    await apt('install', '-y', 'chromium');
  }
}

/**
 * Finds a real Chromium once for the run: `CHROMIUM_PATH`, one on the PATH, or one that apt installs. Before any test, because
 * apt works for one at a time. Without one the tests that need it fail: a dashboard that nobody looked at is not tested.
 */
export default async function setup(project: TestProject): Promise<void> {
  const path = process.env.CHROMIUM_PATH || find();
  if (path === null) {
    // Said by the tests that need it, with what can be done about it.
    await install().catch(() => {});
  }
  project.provide('chromiumPath', path ?? find());
}

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];

/**
 * A real Chromium: `CHROMIUM_PATH`, one on the PATH, or one that apt installs. Without one the run fails, because a dashboard
 * that nobody looked at is not tested.
 */
function chromiumPath(): string {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const find = () =>
    places.flatMap((place) => programs.map((program) => join(place, program))).find((path) => existsSync(path));
  const found = find();
  if (found) return found;
  try {
    execFileSync('apt-get', ['install', '-y', 'chromium'], { stdio: 'ignore', timeout: 300_000 });
  } catch {
    // Said below, with what can be done about it.
  }
  const installed = find();
  if (installed) return installed;
  throw new Error(
    'There is no Chromium: install one, for example by apt-get install chromium, or name it by CHROMIUM_PATH.',
  );
}

export interface Browsing {
  readonly context: BrowserContext;
  /** What the pages' consoles said of errors, and what was refused by their content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface BrowsingOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
}

/** A browser with a profile of its own, which nobody has used before. */
export async function openChromium({
  width = 1280,
  height = 860,
  colours = 'light',
}: BrowsingOptions = {}): Promise<Browsing> {
  const profile = await mkdtemp(join(tmpdir(), 'everhook chromium '));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    viewport: { width, height },
    colorScheme: colours,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  context.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return {
    context,
    complaints,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

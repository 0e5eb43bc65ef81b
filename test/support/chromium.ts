import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { inject } from 'vitest';

export interface Browsing {
  readonly context: BrowserContext;
  /** Errors in the pages' consoles, and what their content security policy refused. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface BrowsingOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
  /** Whether there are bars to scroll by, which take room. */
  readonly scrollbars?: boolean;
  /** What the browser prefers to read. */
  readonly locale?: string;
  /** Whether every page may read and write the clipboard; otherwise the browser's default applies. */
  readonly clipboard?: boolean;
  /** Whether frames of other sites are denied cookies, and in Chromium with that all storage. @default the browser's own */
  readonly blocksThirdPartyCookies?: boolean;
  /** Whether it takes any certificate. @default false */
  readonly takesAnyCertificate?: boolean;
}

/** @throws where there is none, see `chromiumPath.ts` */
function programOf(kind: 'chromiumPath' | 'headlessPath'): string {
  const path = inject(kind);
  if (path !== null) return path;
  throw new Error(
    'There is no Chromium: install one, for example by apt-get install chromium, or name it by CHROMIUM_PATH.',
  );
}

/** A browser with a new profile of its own. */
export async function openChromium({
  width = 1280,
  height = 860,
  colours = 'light',
  locale = 'en-US',
  scrollbars = false,
  clipboard = true,
  blocksThirdPartyCookies,
  takesAnyCertificate = false,
}: BrowsingOptions = {}): Promise<Browsing> {
  // Only the whole browser asks people for permission, and reads their settings.
  const isWhole = !clipboard || blocksThirdPartyCookies !== undefined;
  const profile = await mkdtemp(join(tmpdir(), 'everhook chromium '));
  if (blocksThirdPartyCookies !== undefined) {
    await mkdir(join(profile, 'Default'));
    const preferences = {
      profile: {
        block_third_party_cookies: blocksThirdPartyCookies,
        cookie_controls_mode: Number(blocksThirdPartyCookies),
      },
    };
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: programOf(isWhole ? 'chromiumPath' : 'headlessPath'),
    headless: true,
    viewport: { width, height },
    colorScheme: colours,
    locale,
    ...(scrollbars && { ignoreDefaultArgs: ['--hide-scrollbars'] }),
    reducedMotion: 'reduce',
    ignoreHTTPSErrors: takesAnyCertificate,
    ...(clipboard && { permissions: ['clipboard-read', 'clipboard-write'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // This machine by a name, as other machines see it: over http that is not a secure context.
      // Others are other sites.
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
  // As long as a busy machine may take: what is there is not waited for.
  context.setDefaultTimeout(60_000);
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

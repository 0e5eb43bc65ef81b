import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Installation } from './installation.ts';
import type { ReceiverProcess } from './receiverProcess.ts';
import type { Say } from './run.ts';

/** What a person's browser has to do for the log of deliveries. */
export interface DashboardFigures {
  readonly rows: number;
  readonly frames: number;
  readonly frameP50Ms: number;
  readonly frameP95Ms: number;
  /** Of all frames, those that came one or more too late. */
  readonly droppedShare: number;
  /** CPU of the page's process meanwhile, in cores: below one, the frames that are missing are the machine's. */
  readonly scrollCpuShare: number;
  /** CPU of the page's process, in cores: without changes, and while deliveries come in. */
  readonly idleCpuShare: number;
  readonly burstCpuShare: number;
  readonly burstPerSecond: number;
}

/** A frame at 60 a second, and what is late for it. */
const frameMs = 1_000 / 60;
const lateMs = frameMs * 1.5;
const scrollSeconds = 10;
/** A hundred rows a second: as fast as somebody who looks for something scrolls. */
const rowsPerSecond = 100;
const rowHeight = 52;
const burstPerSecond = 500;

function chromiumPath(): string {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const places = (process.env.PATH ?? '').split(delimiter);
  const found = places.flatMap((place) => programs.map((name) => join(place, name))).find((path) => existsSync(path));
  if (!found) throw new Error('There is no Chromium: install one, or name it by CHROMIUM_PATH.');
  return found;
}

/** Measures the log of deliveries in a real browser: a long list that scrolls, and a burst that comes in. */
export async function measureDashboard(
  installation: Installation,
  receiver: ReceiverProcess,
  rows: number,
  seconds: number,
  say: Say,
): Promise<DashboardFigures> {
  const { chromium } = await import('playwright-core');
  say(`${rows.toLocaleString('en')} deliveries`);
  await receiver.reset();
  await installation.publisher.flood(rows, 100, 4);
  await receiver.until(rows, 60_000);
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await open(browser, installation);
    say('a list is scrolled');
    const cpu = await cpuOf(browser);
    const scrolled = await scroll(page, rows, cpu);
    say(`${burstPerSecond} deliveries a second come in`);
    const burst = await watchBurst(page, cpu, installation, seconds);
    return { rows, ...scrolled, ...burst, burstPerSecond };
  } finally {
    await browser.close();
  }
}

async function open(browser: Browser, { parts, organizationId, create }: Installation): Promise<Page> {
  const { key } = await create<{ key: string }>(
    'mutation C($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { organizationId, name: `Reader ${randomBytes(4).toString('hex')}`, role: 'OWNER' },
  );
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${parts.url}/o/${organizationId}/deliveries`);
  await page.getByLabel('Operator key, API key or JWT').fill(key);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
  await page.getByRole('row').nth(5).waitFor();
  return page;
}

type Scrolled = Pick<DashboardFigures, 'frames' | 'frameP50Ms' | 'frameP95Ms' | 'droppedShare' | 'scrollCpuShare'>;

// These run in the page, as texts: the bench itself knows no DOM.
const toEnd = `(() => { const list = document.querySelector('[role="rowgroup"]'); list.scrollTop = list.scrollHeight; })()`;
const toTop = `document.querySelector('[role="rowgroup"]').scrollTo(0, 0)`;
const rowCount = `Number(document.querySelector('[role="table"]')?.getAttribute('aria-rowcount')) - 1`;
const frameTimes = (stepPx: number) => `new Promise((done) => {
  const list = document.querySelector('[role="rowgroup"]');
  const times = [];
  let before;
  const began = performance.now();
  const frame = (now) => {
    if (before !== undefined) times.push(now - before);
    before = now;
    // By the clock: who drops frames does not scroll more slowly for it.
    list.scrollTop = ((now - began) / ${frameMs}) * ${stepPx};
    if (now - began < ${scrollSeconds * 1_000}) requestAnimationFrame(frame);
    else done(times);
  };
  requestAnimationFrame(frame);
})`;

async function scroll(page: Page, rows: number, cpu: CpuOf): Promise<Scrolled> {
  const deadline = Date.now() + 120_000;
  while (Number(await page.evaluate(rowCount)) < rows) {
    if (Date.now() > deadline) throw new Error('The list did not load to its end in two minutes.');
    await page.evaluate(toEnd);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await page.evaluate(toTop);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  let times: number[] = [];
  const scrollCpuShare = await cpu(async () => {
    times = await page.evaluate(frameTimes((rowsPerSecond * rowHeight) / 60));
  });
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return {
    frames: times.length,
    frameP50Ms: at(0.5),
    frameP95Ms: at(0.95),
    droppedShare: times.filter((ms) => ms > lateMs).length / times.length,
    scrollCpuShare,
  };
}

/** CPU seconds that each process of the browser's pages has used. */
async function renderers(session: CDPSession): Promise<Map<number, number>> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return new Map(processInfo.flatMap(({ type, id, cpuTime }) => (type === 'renderer' ? [[id, cpuTime]] : [])));
}

/** The share of a core that the busiest page uses while something happens. */
type CpuOf = (work: () => Promise<unknown>) => Promise<number>;

async function cpuOf(browser: Browser): Promise<CpuOf> {
  const session = await browser.newBrowserCDPSession();
  return async (work) => {
    const before = await renderers(session);
    const startedAt = performance.now();
    await work();
    const passed = (performance.now() - startedAt) / 1_000;
    const after = await renderers(session);
    return Math.max(...[...after].map(([id, used]) => (used - (before.get(id) ?? used)) / passed));
  };
}

async function watchBurst(
  page: Page,
  cpu: CpuOf,
  { publisher, atRest }: Installation,
  seconds: number,
): Promise<Pick<DashboardFigures, 'idleCpuShare' | 'burstCpuShare'>> {
  // At the top of the list, with nothing held: what comes in is shown at once.
  await page.evaluate(toTop);
  await page.mouse.move(0, 0);
  await atRest(20);
  const idleCpuShare = await cpu(() => new Promise((resolve) => setTimeout(resolve, 4_000)));
  const burstCpuShare = await cpu(() => publisher.pace(burstPerSecond, seconds));
  return { idleCpuShare, burstCpuShare };
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

export const dashboardRows = (figures: DashboardFigures): [string, string][] => [
  [
    `a list of ${figures.rows.toLocaleString('en')} is scrolled, frame times`,
    `p50 ${figures.frameP50Ms.toFixed(1)} ms, p95 ${figures.frameP95Ms.toFixed(1)} ms`,
  ],
  [
    'the same: frames dropped',
    `${percent(figures.droppedShare)} of ${figures.frames}, CPU of the page ${percent(figures.scrollCpuShare)} of a core`,
  ],
  [
    `${figures.burstPerSecond} deliveries/s come in: CPU of the page`,
    `${percent(figures.burstCpuShare)} of a core (idle: ${percent(figures.idleCpuShare)})`,
  ],
];

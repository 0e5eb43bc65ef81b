import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  accessibilityProblems,
  createWebhook,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
} from '../../support/dashboard.ts';
import { type Installation, startInstallation } from '../../support/installation.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';
import { type TcpProxy, tcpProxy } from '../../support/tcpProxy.ts';

/** Each page: its heading, and what it says where there is nothing yet. */
const pages = {
  overview: ['Overview', 'No deliveries yet'],
  webhooks: ['Webhooks', 'No webhooks yet'],
  deliveries: ['Deliveries', 'No deliveries'],
  events: ['Events', 'No events yet'],
  catalogue: ['Catalogue', 'issue.created'],
  inbound: ['Inbound', 'No issues yet'],
  'settings?tab=projects': ['Settings', 'TestPlanIt'],
  'settings?tab=members': ['Settings', 'No members yet'],
  'settings?tab=permissions': ['Settings', 'Project admin'],
  'settings?tab=keys': ['Settings', 'Crane service'],
  'settings?tab=portal': ['Settings', 'No portal links yet'],
  'settings?tab=egress': ['Settings', 'No addresses are published'],
  'settings?tab=audit': ['Settings', 'API key created'],
} as const;

/** What they show was read by pages before them, and stands at once. */
const known = ['webhooks', 'settings?tab=projects'];

describe('where something is missing, the dashboard', () => {
  let installation: Installation;
  let browsing: Browsing;
  let tenant: DashboardTenant;
  let receiver: Receiver;
  /** The way to the server, which a test cuts. */
  let way: TcpProxy;
  let page: Page;

  beforeAll(async () => {
    installation = await startInstallation();
    tenant = await dashboardTenant(installation, 'Harbour Robotics');
    receiver = await receiverAnswering({ code: 200 });
    way = await tcpProxy(installation.url);
    browsing = await openChromium();
  });
  afterAll(async () => {
    await browsing?.close();
    await way?.close();
    await receiver?.close();
    await installation?.close();
  });

  const away = () => {
    way.loseAnswers(Number.POSITIVE_INFINITY);
    way.cut();
  };
  const back = () => way.loseAnswers(0);
  const pathOf = (path: string) =>
    `/o/${tenant.organizationId}/${path}${/keys|audit/.test(path) ? '' : `${path.includes('?') ? '&' : '?'}project=${tenant.projectId}`}`;
  const go = (path: string) => page.evaluate((to) => history.pushState(null, '', to), pathOf(path));
  const main = () => page.locator('#main');
  const live = (text: string) => page.getByRole('complementary').getByText(text, { exact: true }).waitFor();

  test('shows on each page that it loads, under the page’s heading, and then what there is or how to begin', async () => {
    // Fetched once before, so that it is the API alone that is waited for.
    page = await signedIn(browsing.context, way.url, tenant.key, pathOf('webhooks'));
    let let_through: () => void = () => {};
    for (const [path, [heading, nothing]] of Object.entries(pages)) {
      const gate = new Promise<void>((resolve) => {
        let_through = resolve;
      });
      await intercept(page, '**/graphql', async (route) => {
        await gate;
        await route.continue();
      });
      await go(path);
      const waits = page.getByRole('main').getByRole('status').filter({ hasText: 'Loading…' });
      if (!known.includes(path)) await waits.first().waitFor();
      let_through();
      await waits.first().waitFor({ state: 'detached' });
      await main().getByRole('heading', { name: heading, level: 1 }).waitFor();
      await main().getByText(nothing).filter({ visible: true }).first().waitFor();
      await page.unroute('**/graphql');
    }
  });

  /** A page in a tab of its own, where nothing of it was read before, while no question of its own is answered. */
  async function refused(path: keyof typeof pages): Promise<void> {
    const [heading, nothing] = pages[path];
    const nowhere = pathOf(path).replace(path.split('?')[0] ?? '', 'nowhere');
    const tab = await signedIn(browsing.context, way.url, tenant.key, nowhere);
    const shown = tab.locator('#main');
    await shown.getByText('There is no such page').waitFor();
    await intercept(tab, '**/graphql', (route) => route.abort());
    await tab.evaluate((to) => history.pushState(null, '', to), pathOf(path));
    await shown.getByRole('heading', { name: heading, level: 1 }).waitFor();
    await shown.getByRole('heading', { name: 'This could not be loaded' }).first().waitFor();
    await expect.poll(() => shown.getByRole('alert').first().textContent(), { message: path }).not.toBe('');
    if (path === 'deliveries') expect(await accessibilityProblems(tab)).toEqual([]);
    await tab.unroute('**/graphql');
    await shown.getByRole('button', { name: 'Try again' }).first().click();
    await shown.getByText(nothing).filter({ visible: true }).first().waitFor();
    await tab.close();
  }

  test('says on each page that the server is away, tries again by one click, and then shows it', async () => {
    browsing.complaints.length = 0;
    // What the list of projects shows was read before any page: it asks for nothing more.
    const asking = (Object.keys(pages) as (keyof typeof pages)[]).filter((path) => path !== 'settings?tab=projects');
    const half = asking.length / 2;
    for (const some of [asking.slice(0, half), asking.slice(half)]) await Promise.all(some.map(refused));
    browsing.complaints.length = 0;
  });

  test('does not claim to be live while it is not, and is again by itself, with all that happened meanwhile', async () => {
    await createWebhook(installation, tenant, { name: 'Berth board', url: receiver.url });
    await go('deliveries');
    await live('Live');
    away();
    await live('Reconnecting…');
    await publish(installation, tenant, ['case.created']);
    await receiver.count(1);
    back();
    await live('Live');
    await main().getByRole('row').filter({ hasText: 'case.created' }).getByText('Delivered').waitFor();
    expect(page.url()).toContain(tenant.projectId);
  });

  test('notices by itself that nothing comes any more over connections that stay open, and goes on over others', async () => {
    // As by a proxy that stops relaying: nobody closes anything.
    way.freeze();
    await publish(installation, tenant, ['case.updated']);
    await receiver.count(2);
    // Of a silent connection it is asked after ten seconds whether it lives, and ten more are given for the answer.
    const row = main().getByRole('row').filter({ hasText: 'case.updated' });
    await row.getByText('Delivered').waitFor({ timeout: 60_000 });
    await live('Live');
  });

  test('comes up by itself where the server was away as it began, in the project that its address names', async () => {
    await page.close();
    page = await browsing.context.newPage();
    // The session is there, and nothing after that is answered.
    let answered = 0;
    await intercept(page, '**/graphql', (route) => (answered++ === 0 ? route.continue() : route.abort()));
    await page.goto(`${way.url}${pathOf('deliveries')}`);
    await page.getByRole('heading', { name: 'This could not be loaded' }).waitFor();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await main().getByRole('row').filter({ hasText: 'case.created' }).waitFor();
    expect(page.url()).toContain(tenant.projectId);
    await live('Live');
  });

  test('begins its live feed once the server is back, where it could not begin it at first', async () => {
    await page.close();
    page = await browsing.context.newPage();
    // The page's own questions are answered; the feed's first one is not.
    let refused = 0;
    await intercept(page, '**/graphql', (route) => {
      const feeds = route.request().postData()?.includes('deliveryCursor') && refused < 8;
      if (!feeds) return route.continue();
      refused++;
      return route.abort();
    });
    await page.goto(`${way.url}${pathOf('deliveries')}`);
    await main().getByRole('row').filter({ hasText: 'case.created' }).waitFor();
    await publish(installation, tenant, ['issue.created']);
    await main().getByRole('row').filter({ hasText: 'issue.created' }).getByText('Delivered').waitFor();
    await live('Live');
    expect(refused).toBeGreaterThan(0);
    await page.unroute('**/graphql');
  });

  test('keeps standing where a page breaks, and gets it by another try, without another sign-in', async () => {
    await page.close();
    page = await signedIn(browsing.context, way.url, tenant.key, pathOf('webhooks'));
    await intercept(page, '**/assets/EventsPage*', (route) => route.abort());
    const complementary = page.getByRole('complementary');
    await complementary.getByRole('link', { name: 'Events' }).click();
    await main().getByRole('heading', { name: 'This could not be loaded' }).waitFor();
    await main().getByRole('button', { name: 'load it' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await complementary.getByRole('link', { name: 'Webhooks' }).click();
    await main().getByRole('region', { name: 'Berth board' }).waitFor();
    await complementary.getByRole('link', { name: 'Events' }).click();
    await main().getByRole('heading', { name: 'This could not be loaded' }).waitFor();
    await page.unroute('**/assets/EventsPage*');
    await main().getByRole('button', { name: 'Try again' }).click();
    await main().getByRole('heading', { name: 'Events', exact: true }).waitFor();
    browsing.complaints.length = 0;
  });
});

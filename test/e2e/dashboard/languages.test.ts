import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChromium } from '../../support/chromium.ts';
import { type Dashboard, startDashboard } from '../../support/dashboard.ts';

describe('the language of the dashboard', () => {
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard?.close());

  async function portalPath(projectId: string): Promise<string> {
    const { createPortalLink } = await dashboard.product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId, permissions: ['WEBHOOK_READ'] } },
    );
    return createPortalLink.path;
  }

  const lang = (page: Page) => page.locator('html').getAttribute('lang');

  test('is chosen in the account menu, for every page, and kept on the device', async () => {
    const page = await dashboard.open('webhooks');
    const loaded: string[] = [];
    page.on('request', (request) => void loaded.push(request.url()));
    expect(await lang(page)).toBe('en');
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('link', { name: 'Zustellungen' }).waitFor();
    expect(await lang(page)).toBe('de');
    // Words of German were loaded only now.
    expect(loaded.filter((url) => /\.js$/.test(url)).length).toBeGreaterThan(0);
    expect(await page.evaluate(() => localStorage.getItem('everhook.language'))).toBe('de');
    const next = await dashboard.browsing.context.newPage();
    await next.goto(dashboard.product.url);
    await expect.poll(() => lang(next)).toBe('de');
    await page.getByRole('button', { name: 'Konto' }).click();
    await page.getByRole('menuitemradio', { name: 'English' }).click();
    await page.getByRole('link', { name: 'Deliveries' }).waitFor();
    await Promise.all([page.close(), next.close()]);
  });

  test('is else the browser’s, and English where the dashboard does not speak that', async () => {
    for (const [locale, expected] of [
      ['de-CH', 'de'],
      ['fr-FR', 'en'],
    ] as const) {
      const { context, close } = await openChromium({ locale });
      const page = await context.newPage();
      await page.goto(dashboard.product.url);
      await expect.poll(() => page.locator('#root').textContent()).not.toBe('');
      expect(await lang(page)).toBe(expected);
      await close();
    }
  });

  test('is its theme’s in a portal, whatever was chosen in the dashboard, until its customer chooses', async () => {
    const { product } = dashboard;
    const projectId = await dashboard.project('Quay planning');
    await product.call(
      'mutation ($input: UpdatePortalThemeInput!) { updatePortalTheme(input: $input) { portalTheme { language } } }',
      { input: { projectId, language: 'DE' } },
    );
    // English is what the browser prefers, and what the first test chose last.
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${product.url}${await portalPath(projectId)}`);
    await page.getByRole('link', { name: 'Zustellungen' }).waitFor();
    expect(await lang(page)).toBe('de');
    await page.getByRole('button', { name: 'Konto' }).click();
    await page.getByRole('menuitemradio', { name: 'English' }).click();
    await page.getByRole('link', { name: 'Deliveries' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Deliveries' }).waitFor();
    expect(await lang(page)).toBe('en');
    await page.close();
  });

  test('is the host’s in a portal', async () => {
    const { product, tenant } = dashboard;
    const path = await portalPath(tenant.projectId);
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${product.url}${path.replace('#', '?lang=de#')}`);
    await page.getByRole('link', { name: 'Zustellungen' }).waitFor();
    expect(await lang(page)).toBe('de');
    expect(await page.evaluate(() => localStorage.getItem('everhook.language'))).not.toBe('de');
    await page.close();
  });
});

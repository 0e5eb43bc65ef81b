import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityProblems, createWebhook, type Dashboard, startDashboard } from '../../support/dashboard.ts';
import { png } from '../../support/images.ts';

describe('the appearance of the portal, in Settings', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard?.close());

  const open = () => dashboard.open(`settings?tab=appearance&project=${dashboard.tenant.projectId}`);
  const preview = (page: Page) => page.getByRole('region', { name: 'Preview, light' });
  const background = (page: Page) => preview(page).evaluate((element) => getComputedStyle(element).backgroundColor);

  test('shows colours and contrast as they are typed, keeps what is not saved, and says what the server refuses', async () => {
    const page = await open();
    await page.getByLabel('Own colours for the light mode').click();
    await page.getByLabel('Background', { exact: true }).fill('#fff0d0');
    await expect.poll(() => background(page)).toBe('rgb(255, 240, 208)');
    await page.getByLabel('Text', { exact: true }).fill('#b0a890');
    await page.getByText('2.1 : 1, needs 4.5 : 1').waitFor();
    await page.getByLabel('Title').fill('متجر');
    await preview(page).getByText('متجر').waitFor();

    // Another page and back.
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('tab', { name: 'Appearance' }).click();
    await page.getByText('There are changes that are not saved.').waitFor();
    expect(await page.getByLabel('Background', { exact: true }).inputValue()).toBe('#fff0d0');

    await page.getByRole('button', { name: 'Save appearance' }).click();
    const refused = page.getByRole('alert').filter({ hasText: 'on background #fff0d0 has a contrast of 2.1 to 1' });
    await refused.waitFor();
    await expect
      .poll(() => page.getByLabel('Text', { exact: true }).evaluate((field) => field === document.activeElement))
      .toBe(true);

    await page.getByLabel('Text', { exact: true }).fill('#2b1a00');
    await page.getByLabel('Logo', { exact: true }).setInputFiles({
      name: 'logo.png',
      mimeType: 'image/png',
      buffer: png(40, 40),
    });
    await expect.poll(() => preview(page).locator('img').count()).toBe(1);
    const folder = process.env.EVERHOOK_SCREENSHOTS;
    if (folder) await page.screenshot({ path: join(folder, 'settings appearance.png'), fullPage: true });
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save appearance' }).click();
    await page.getByText('The portal looks like this now.').waitFor();
    await page.reload();
    expect(dashboard.browsing.complaints.filter((each) => !/400/.test(each))).toEqual([]);
    await page.close();
  });

  test('previews the portal as it then is, light and dark: pages, colours, fonts, corners', async () => {
    const { product, browsing, tenant } = dashboard;
    const colours = {
      light: { accent: '#7a1fa2', background: '#fffaf0', surface: '#fffdf8', text: '#2b1a00' },
      dark: { accent: '#e0a3ff', background: '#120818', surface: '#1e1028', text: '#f6ecff' },
    };
    const theme = {
      ...colours,
      radius: 3,
      fonts: ['Georgia', 'serif'],
      title: 'Ladenfenster',
      hidden: ['EVENTS'],
      back: { url: 'https://shop.example/account', label: 'Back to the shop' },
      logo: png(40, 40, [122, 31, 162]).toString('base64'),
    };
    await product.call(
      'mutation ($input: UpdatePortalThemeInput!) { updatePortalTheme(input: $input) { __typename } }',
      {
        input: { projectId: tenant.projectId, ...theme },
      },
    );
    await createWebhook(product, tenant, { name: 'Pier', url: 'http://127.0.0.1:9/' });
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      {
        input: {
          projectId: tenant.projectId,
          permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE', 'INBOUND_MANAGE'],
        },
      },
    );
    /** How what customers look at is drawn. */
    const drawn = (found: Locator) =>
      found.first().evaluate((element) => {
        const style = getComputedStyle(element);
        const names = [
          'color',
          'backgroundColor',
          'borderRadius',
          'fontFamily',
          'fontWeight',
          'fontSize',
          'letterSpacing',
        ];
        return Object.fromEntries(names.map((name) => [name, style[name as 'color']]));
      });
    const settings = await open();
    const portal = await browsing.context.newPage();
    await portal.goto(product.url + createPortalLink.path);
    await portal.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    const side = portal.getByRole('complementary', { name: 'Ladenfenster' });
    await portal.getByRole('button', { name: 'New webhook' }).first().click();
    const field = await drawn(portal.getByRole('dialog').getByLabel('URL'));
    await portal.keyboard.press('Escape');
    // Nothing is pointed at.
    await portal.mouse.move(0, 0);
    for (const mode of ['light', 'dark'] as const) {
      await portal.emulateMedia({ colorScheme: mode });
      const shown = settings.getByRole('region', { name: `Preview, ${mode}` });
      const pages = await side.getByRole('navigation').getByRole('link').allTextContents();
      expect(await shown.getByRole('listitem').allTextContents()).toEqual(pages);
      const pairs: Record<string, readonly [Locator, Locator]> = {
        title: [shown.getByText('Ladenfenster'), side.getByText('Ladenfenster')],
        back: [shown.getByText('Back to the shop'), side.getByText('Back to the shop')],
        chosen: [shown.locator('[aria-current]'), side.locator('[aria-current]')],
        other: [shown.getByRole('listitem').last(), side.getByRole('navigation').getByRole('link').last()],
        heading: [shown.locator('p').first(), portal.getByRole('heading', { level: 1 })],
        primary: [
          shown.getByRole('button', { name: 'New webhook' }),
          portal.getByRole('main').getByRole('button', { name: 'New webhook' }),
        ],
        card: [shown.locator('[class*=card]'), portal.getByRole('region', { name: 'Pier' })],
        badge: [
          shown.getByText('Healthy'),
          portal.getByRole('region', { name: 'Pier' }).getByText(/^(Healthy|Ready)$/),
        ],
      };
      const differing: unknown[] = [];
      for (const [name, [here, there]] of Object.entries(pairs)) {
        const [ours, theirs] = [await drawn(here), await drawn(there)];
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) differing.push({ mode, name, ours, theirs });
      }
      expect(differing).toEqual([]);
      const canvas = await portal.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      expect(await shown.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe(canvas);
      if (mode === 'light') expect(await drawn(shown.getByLabel('URL'))).toEqual(field);
    }
    await Promise.all([settings.close(), portal.close()]);
  });

  test('reads well on a phone, dark', async () => {
    const page = await open();
    await page.setViewportSize({ width: 360, height: 780 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('heading', { name: 'Preview' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await page.close();
  });
});

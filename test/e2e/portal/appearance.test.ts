import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityProblems, type Dashboard, startDashboard } from '../../support/dashboard.ts';
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
    await page.reload({ waitUntil: 'commit' });
    expect(dashboard.browsing.complaints.filter((each) => !/400/.test(each))).toEqual([]);
    await page.close();
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

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createWebhook,
  type Dashboard,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
  startDashboard,
} from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

const noisy = 'Canal Cranes with a name that is far too long for any column of a table, as companies like them';
const rightToLeft = 'مرفأ الشمال';

describe('the operator’s tenants', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let page: Page;

  beforeAll(async () => {
    dashboard = await startDashboard();
    const { product } = dashboard;
    receiver = await receiverAnswering({ code: 200 });
    await dashboardTenant(product, rightToLeft);
    const tenant = await dashboardTenant(product, noisy);
    await createWebhook(product, tenant, { name: 'Berth board', url: receiver.url });
    await publish(product, tenant, ['case.created', 'case.created', 'case.created']);
    await receiver.count(3);
    page = await signedIn(dashboard.browsing.context, product.url, product.operatorKey);
  });
  afterAll(async () => {
    await page?.close();
    await dashboard?.close();
    await receiver?.close();
  });

  const rows = () => page.getByRole('table').locator('tbody').getByRole('row');
  const row = (name: string) => rows().filter({ hasText: name });

  test('are what the operator comes to, with the health of each', async () => {
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
    await row(noisy).getByText('1 healthy').waitFor();
    await row('Harbour Robotics').getByText('none', { exact: true }).first().waitFor();
    expect(await page.title()).toBe('Tenants · Everhook');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('are sorted by what they publish, and the order is in the address', async () => {
    await page.getByRole('button', { name: 'Events, 1 h' }).click();
    await page
      .getByRole('columnheader', { name: 'Events, 1 h' })
      .and(page.locator('[aria-sort="descending"]'))
      .waitFor();
    expect(page.url()).toContain('sort=events');
    await expect.poll(() => row(noisy).getByRole('cell').nth(3).textContent()).toBe('3');
    // Others may publish beside them.
    const published = async () => {
      const cells = await rows().locator('td:nth-of-type(4)').allTextContents();
      return cells.map((text) => Number(text.replace(/\D/g, '')));
    };
    await expect
      .poll(async () => (await published()).every((count, place, all) => place === 0 || count <= (all[place - 1] ?? 0)))
      .toBe(true);
  });

  test('are searched, and opened', async () => {
    await page.getByLabel('Search tenants').fill('مرفأ');
    await expect.poll(() => rows().count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('search')).toBe('مرفأ');
    await page.getByLabel('Search tenants').fill('nobody at all');
    await page.getByText('No tenant found').waitFor();
    await page.getByLabel('Search tenants').fill('canal');
    await page.getByRole('link', { name: noisy }).click();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.getByRole('region', { name: 'Berth board' }).waitFor();
    await page.getByLabel('Organization').selectOption({ label: 'All tenants…' });
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
  });

  test('are nothing that a tenant’s owner sees, who has no choice of one either', async () => {
    const owner = await dashboard.open('webhooks');
    await owner.getByRole('complementary').getByText('Harbour Robotics').waitFor();
    expect(await owner.getByLabel('Organization').count()).toBe(0);
    await owner.evaluate(() => history.pushState(null, '', '/tenants'));
    await owner.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await owner.close();
  });
});

import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createWebhook,
  type Dashboard,
  dashboardTenant,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

describe('the palette', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let webhookId: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    const { product, tenant } = dashboard;
    await dashboard.project('Quay planning');
    webhookId = await createWebhook(product, tenant, { name: 'Berth board', url: `${receiver.url}tides` });
    await publish(product, tenant, ['case.created']);
    await receiver.count(1);
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const palette = (page: Page) => page.getByRole('dialog', { name: 'Search or go to' });
  const chosen = (page: Page): Locator => palette(page).locator('[role="option"][aria-selected="true"]');

  async function typed(page: Page, text: string): Promise<void> {
    await page.keyboard.press('Control+k');
    await palette(page).getByRole('combobox').waitFor();
    await page.keyboard.type(text);
  }

  test('goes to a page by the keyboard, says what it found, and gives the focus back', async () => {
    const page = await dashboard.open('webhooks');
    const before = page.getByRole('link', { name: 'Deliveries' });
    await before.focus();
    await typed(page, '');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await palette(page).waitFor({ state: 'detached' });
    await expect.poll(() => before.evaluate((link) => document.activeElement === link)).toBe(true);
    await typed(page, 'sett');
    await palette(page).getByRole('status').getByText('1 result', { exact: true }).waitFor({ state: 'attached' });
    await expect.poll(() => chosen(page).textContent()).toContain('Settings');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.close();
  });

  test('finds webhooks by their URLs, and aborts what it asked before the next letter', async () => {
    const page = await dashboard.open('overview');
    const asked: string[] = [];
    await intercept(page, '**/graphql', async (route) => {
      const body = route.request().postData() ?? '';
      if (body.includes('"search"')) asked.push(body);
      // The first answer would come last.
      if (body.includes('"tid"')) await new Promise((later) => setTimeout(later, 1_500));
      await route.continue().catch(() => {});
    });
    const aborted: string[] = [];
    page.on('requestfailed', (request) => void aborted.push(request.postData() ?? ''));
    await typed(page, 'tid');
    await expect.poll(() => asked.length).toBe(1);
    await page.keyboard.type('es');
    await palette(page).getByRole('option').filter({ hasText: 'Berth board' }).waitFor();
    await expect.poll(() => aborted.filter((body) => body.includes('"tid"')).length).toBe(1);
    expect(asked.filter((body) => /"tide"/.test(body))).toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toContain(`/webhooks/${webhookId}`);
    await page.close();
  });

  test('opens a pasted id of any kind, with whatever stands around it', async () => {
    const { product, tenant } = dashboard;
    const { deliveries } = await product.call<{
      deliveries: { edges: { node: { id: string; event: { id: string } } }[] };
    }>('query ($id: ID!) { deliveries(organizationId: $id) { edges { node { id event { id } } } } }', {
      id: tenant.organizationId,
    });
    const delivery = deliveries.edges[0]?.node;
    const page = await dashboard.open('overview');
    for (const [pasted, path] of [
      [`"${delivery?.id}",`, `/deliveries/${delivery?.id}`],
      [`https://hooks.example/events/${delivery?.event.id}`, `/events/${delivery?.event.id}`],
      [webhookId.toUpperCase(), `/webhooks/${webhookId}`],
    ] as const) {
      await typed(page, pasted);
      await palette(page).getByText('With this id').waitFor();
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).pathname).toContain(path);
      // What opens by its address takes the focus once it has come; over it, the palette opens as well.
      if (path.includes('deliveries'))
        await page
          .getByRole('dialog')
          .getByText(delivery?.id ?? '')
          .first()
          .waitFor();
      else await page.getByRole('heading', { level: 1 }).waitFor();
    }
    const other = await dashboardTenant(product, 'Canal Cranes');
    await typed(page, other.organizationId);
    await palette(page).getByText('Nothing found.').waitFor();
    await page.close();
  });

  test('opens the form of a new webhook, once', async () => {
    const page = await dashboard.open('overview');
    await typed(page, 'new webhook');
    await expect.poll(() => chosen(page).textContent()).toContain('New webhook');
    await page.keyboard.press('Enter');
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name').waitFor();
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.has('new')).toBe(false);
    await page.close();
  });

  test('chooses a project, the language and the colours', async () => {
    const page = await dashboard.open('deliveries');
    await typed(page, 'quay');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.has('project')).toBe(true);
    await page.getByRole('heading', { name: 'Deliveries', level: 1 }).waitFor();
    await typed(page, 'colours dark');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    await typed(page, 'deutsch');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Zustellungen' }).waitFor();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('de');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Suchen oder öffnen' }).fill('english');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Deliveries' }).waitFor();
    await page.close();
  });

  test('leads the operator to another tenant', async () => {
    const { product } = dashboard;
    const other = await dashboardTenant(product, 'Lighthouse Lamps');
    const page = await dashboard.open('webhooks', product.operatorKey);
    await typed(page, 'lighthouse');
    await palette(page).getByRole('option').filter({ hasText: 'Lighthouse Lamps' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain(other.organizationId);
    await page.close();
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

describe('the overview', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 503 });
    const { product, tenant } = dashboard;
    await createWebhook(product, tenant, { name: 'Ticket sync', url: receiver.url, retrySchedule: ['P1D'] });
    await publish(product, tenant, ['case.created', 'case.created']);
    await receiver.count(2);
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  test('counts days in UTC, says so, and names each by its own date wherever it is looked at', async () => {
    const page = await dashboard.open('webhooks');
    const debuggerOf = await dashboard.browsing.context.newCDPSession(page);
    await debuggerOf.send('Emulation.setTimezoneOverride', { timezoneId: 'Pacific/Honolulu' });
    await page.evaluate((to) => history.pushState(null, '', to), `/o/${dashboard.tenant.organizationId}/overview`);
    await page.getByLabel('Time', { exact: true }).selectOption({ label: 'Last 30 days, in UTC' });
    const chart = page.getByRole('region', { name: 'Deliveries by state' });
    const today = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(Date.now());
    const days = async () => (await chart.locator('svg text').allTextContents()).filter((text) => /^[A-Z]/.test(text));
    await expect.poll(async () => (await days()).at(-1)).toBe(today);
    await page.close();
  });

  test('finds what is paused behind any number of webhooks, and does not say that a hundred are all', async () => {
    const { product, tenant } = dashboard;
    const busy = { ...tenant, projectId: await dashboard.project('Quay planning') };
    const make = (name: string) => createWebhook(product, busy, { name, url: receiver.url });
    const paused = await make('Tide board');
    await product.call('mutation ($id: ID!) { pauseWebhook(input: { webhookId: $id }) { webhook { id } } }', {
      id: paused,
    });
    for (let each = 0; each < 100; each++) await make(`Crane ${each}`);
    const page = await dashboard.open(`overview?project=${busy.projectId}`);
    const card = page.getByRole('region', { name: 'Needs attention' });
    await card.getByRole('listitem').filter({ hasText: 'Tide board' }).getByText('Paused', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'All 100+ webhooks' }).waitFor();
    await page.close();
  });

  test('tells what is under way now, however long ago it began', async () => {
    const page = await dashboard.open('webhooks');
    // Hours later, for this browser alone: its last test.
    await page.clock.setSystemTime(Date.now() + 5 * 3_600_000);
    await page.evaluate(
      (to) => history.pushState(null, '', to),
      `/o/${dashboard.tenant.organizationId}/overview?span=hour`,
    );
    const figure = (name: string) => page.getByRole('listitem').filter({ hasText: name }).locator('p').first();
    await expect.poll(() => figure('Retries due').textContent()).toBe('2');
    await expect.poll(() => figure('Backlog').textContent()).toBe('0');
    await expect.poll(() => figure('Deliveries').textContent()).toBe('0');
    await page.close();
  });
});

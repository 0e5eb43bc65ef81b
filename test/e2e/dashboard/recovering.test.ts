import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

describe('recovering deliveries in the dashboard', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  const answer = { code: 400 };

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering(answer);
    const { product, tenant } = dashboard;
    await createWebhook(product, tenant, { name: 'Berth board', url: receiver.url, retrySchedule: [] });
    await publish(product, tenant, ['case.created']);
    await receiver.count(1);
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Recover deliveries of Berth board' });
  const open = async (page: Page) => {
    await page.getByRole('button', { name: 'More for Berth board' }).click();
    await page.getByRole('menuitem', { name: 'Recover deliveries…' }).click();
  };

  test('goes on by a second click where the answer to the first one was lost', async () => {
    const page = await dashboard.open('webhooks');
    await open(page);
    let lost = 0;
    await intercept(page, '**/graphql', async (route) => {
      if (!route.request().postData()?.includes('recoverDeliveries')) return route.continue();
      await route.fetch();
      lost++;
      return route.abort();
    });
    await dialog(page).getByRole('button', { name: 'Recover' }).click();
    await dialog(page).getByRole('alert').waitFor({ timeout: 60_000 });
    expect(lost).toBeGreaterThan(0);
    await page.unroute('**/graphql');
    await dialog(page).getByRole('button', { name: 'Recover' }).click();
    await dialog(page).getByText('Done.').waitFor();
    await page.close();
  });

  test('says that it goes on where how far it is cannot be told', async () => {
    // Before the page opens its one socket.
    await dashboard.browsing.context.routeWebSocket('**/graphql', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const { id, payload } = JSON.parse(String(message)) as { id?: string; payload?: { query?: string } };
        if (!payload?.query?.includes('recoveryProgress')) return server.send(message);
        const refusal = { message: 'There is no such recovery.', extensions: { code: 'NOT_FOUND' } };
        return socket.send(JSON.stringify({ id, type: 'error', payload: [refusal] }));
      });
    });
    const page = await dashboard.open('webhooks');
    await open(page);
    await dialog(page).getByRole('button', { name: 'Recover' }).click();
    const told = dialog(page).getByRole('alert').filter({ hasText: 'There is no such recovery.' });
    await told.getByText('It goes on all the same').waitFor();
    await page.close();
  });
});

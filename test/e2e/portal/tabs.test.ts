import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';
import { slowness } from '../../support/slowness.ts';

let dashboard: Dashboard;
let receiver: Receiver;
beforeAll(async () => {
  [dashboard, receiver] = await Promise.all([startDashboard(), receiverAnswering({ code: 200 })]);
});
afterAll(async () => {
  await Promise.all([dashboard?.close(), receiver?.close()]);
});

/** Over plain HTTP/1.1 a browser opens six connections to a host, for all its tabs. */
test('eight tabs over plain http, one with a portal in a frame, are live at once, each with one socket', async () => {
  const { product, tenant, browsing } = dashboard;
  await createWebhook(product, tenant, { name: 'Live board', url: receiver.url });
  const sockets = new Map<Page, number>();
  browsing.context.on('page', (page) => {
    sockets.set(page, 0);
    page.on('websocket', (socket) => {
      sockets.set(page, (sockets.get(page) ?? 0) + 1);
      socket.on('close', () => sockets.set(page, (sockets.get(page) ?? 0) - 1));
    });
  });
  const path = `/o/${tenant.organizationId}/deliveries?project=${tenant.projectId}`;
  const tabs = [await dashboard.open(`deliveries?project=${tenant.projectId}`)];
  /** Opens one more tab. @returns how long it took until it was live, in milliseconds */
  const more = async (): Promise<number> => {
    const tab = await browsing.context.newPage();
    tabs.push(tab);
    const began = performance.now();
    await tab.goto(product.url + path);
    await tab.locator('[data-feed="live"]:visible').first().waitFor();
    return performance.now() - began;
  };
  const early = await more();
  while (tabs.length < 6) await more();
  const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
    'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
    { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
  );
  const shop = await receiverAnswering({
    code: 200,
    body: `<!doctype html><title>Shop</title><iframe title="Webhooks" width="1100" height="700" src="${product.url}${createPortalLink.path}"></iframe>`,
  });
  const framed = await browsing.context.newPage();
  await framed.goto(shop.url.replace('127.0.0.1', 'shop.test'));
  const portal = framed.frameLocator('iframe');
  await portal.getByRole('link', { name: 'Deliveries' }).click();

  const late = await more();
  for (const tab of tabs) await tab.locator('[data-feed="live"]:visible').first().waitFor();
  await portal.locator('[data-feed="live"]:visible').first().waitFor();
  await publish(product, tenant, ['session.created']);
  const arrives = [...tabs, portal].map((tab) =>
    tab.locator('#main').getByRole('row').filter({ hasText: 'session.created' }).first().waitFor(),
  );
  await Promise.all(arrives);
  expect([...sockets.values()]).toEqual(Array.from({ length: 8 }, () => 1));
  // It waited for no connection of the others: on a busy machine the second took long, too.
  expect(late).toBeLessThan(Math.max(2_000 * (await slowness()), 2 * early));
  await shop.close();
});

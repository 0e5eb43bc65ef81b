import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

describe('what is sent again from the dashboard', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let id: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    id = await createWebhook(dashboard.product, dashboard.tenant, { name: 'Berth board', url: receiver.url });
    await publish(dashboard.product, dashboard.tenant, ['case.created', 'issue.created']);
    await receiver.count(2);
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const listed = async (): Promise<Page> => {
    const page = await dashboard.open(`deliveries?project=${dashboard.tenant.projectId}`);
    await page.getByRole('row').filter({ hasText: 'issue.created' }).first().waitFor();
    return page;
  };
  const select = (page: Page, type: string) =>
    page.getByRole('row').filter({ hasText: type }).last().getByRole('checkbox').click();
  const replay = (page: Page) => page.getByRole('button', { name: /^Replay \d/ });

  test('is sent once where the answer was lost, and more is sent where more was selected since', async () => {
    const page = await listed();
    await select(page, 'case.created');
    await intercept(page, '**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation BulkReplayDeliveries')) return route.fallback();
      await route.fetch();
      await route.abort();
    });
    await replay(page).click();
    await page.getByRole('status').getByText('could not be reached').first().waitFor();
    await receiver.count(3);
    await page.unrouteAll({ behavior: 'wait' });

    await select(page, 'issue.created');
    await page.getByText('2 selected', { exact: true }).waitFor();
    await replay(page).click();
    await page.getByText('2 deliveries are sent again.').waitFor();
    await receiver.count(5);
    expect(receiver.received).toHaveLength(5);
    await page.close();
  });

  test('is what has ended: what is selected and still under way is counted, and not sent twice', async () => {
    const answer = { code: 200 };
    const board = await receiverAnswering(answer);
    const projectId = await dashboard.project('Second quay');
    const tenant = { ...dashboard.tenant, projectId };
    await createWebhook(dashboard.product, tenant, { name: 'Quay board', url: board.url, retrySchedule: ['PT1H'] });
    const page = await dashboard.open(`deliveries?project=${projectId}`);
    const row = (type: string) => page.getByRole('row').filter({ hasText: type }).last();
    await publish(dashboard.product, tenant, ['case.created']);
    await row('case.created').getByText('Delivered').waitFor();
    answer.code = 503;
    await publish(dashboard.product, tenant, ['issue.created']);
    await row('issue.created').getByText('Retrying').waitFor();
    await page.getByLabel('Select all that are loaded').click();
    const bar = page.getByRole('region', { name: 'Selected deliveries' });
    await bar.getByText('1 under way: not replayed').waitFor();
    answer.code = 200;
    await bar.getByRole('button', { name: 'Replay 1' }).click();
    await page.getByText('1 delivery is sent again.').waitFor();
    await board.count(3);
    expect(board.received.map(({ body }) => body.includes('issue.created'))).toEqual([false, true, false]);
    await row('issue.created').getByRole('checkbox').click();
    await bar.getByRole('button', { name: 'Cancel 1 waiting' }).waitFor();
    expect(await bar.getByRole('button', { name: /^Replay/ }).count()).toBe(0);
    await page.close();
    await board.close();
  });

  test('can be sent from a page that came by plain http, where browsers make no UUIDs', async () => {
    dashboard.browsing.complaints.length = 0;
    const took = "Object.defineProperty(Crypto.prototype, 'randomUUID', { value: undefined })";
    await dashboard.browsing.context.addInitScript(took);
    const page = await listed();
    const before = receiver.received.length;
    await select(page, 'case.created');
    await replay(page).click();
    await page.getByText('1 delivery is sent again.').waitFor();
    await page.getByRole('row').filter({ hasText: 'case.created' }).last().getByRole('button').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText('It is sent again, as a new delivery.').waitFor();
    await receiver.count(before + 2);
    await page.keyboard.press('Escape');
    const { organizationId, projectId } = dashboard.tenant;
    const publishing = `/o/${organizationId}/events/publish?project=${projectId}&type=case.created`;
    await page.goto(`${new URL(page.url()).origin}${publishing}`);
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await receiver.count(before + 3);
    const setActive = (active: boolean) =>
      dashboard.product.call(
        'mutation ($id: ID!, $active: Boolean!) { setWebhookActive(input: { id: $id, active: $active }) { webhook { id } } }',
        { id, active },
      );
    await setActive(false);
    await publish(dashboard.product, dashboard.tenant, ['case.deleted']);
    await setActive(true);
    await page.getByRole('navigation').getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'More for Berth board' }).click();
    await page.getByRole('menuitem', { name: 'Recover deliveries…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Recover 1', exact: true }).click();
    await page.getByRole('dialog').getByText('1 of 1 sent.').waitFor();
    await receiver.count(before + 4);
    expect(dashboard.browsing.complaints).toEqual([]);
    await page.close();
  });
});

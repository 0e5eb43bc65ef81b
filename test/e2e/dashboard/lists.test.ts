import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createKey,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

/** One more than a page. */
const many = 51;

describe('a list that is longer than a page', () => {
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard?.close());

  const times = <Made>(make: (number: number) => Promise<Made>) =>
    Promise.all(Array.from({ length: many }, (_, number) => make(number)));
  const call = (query: string, input: object) => dashboard.product.call(query, { input });

  test.each([
    {
      tab: 'keys',
      make: (name: string) =>
        createKey(dashboard.product, { name, organizationId: dashboard.tenant.organizationId, role: 'VIEWER' }),
    },
    {
      tab: 'portal',
      make: (name: string) =>
        call('mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }', {
          name,
          projectId: dashboard.tenant.projectId,
          permissions: ['WEBHOOK_READ'],
        }),
    },
    {
      tab: 'members',
      make: (name: string) =>
        call('mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
          name,
          userId: name,
          organizationId: dashboard.tenant.organizationId,
          role: 'VIEWER',
        }),
    },
  ])('is read on by a click: $tab', async ({ tab, make }) => {
    await make('The oldest');
    await times((number) => make(`Newer ${number}`));
    const page = await dashboard.open(`settings?tab=${tab}`);
    // Below the members stands who is signed in.
    const rows = page
      .getByRole('table')
      .first()
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader') });
    await expect.poll(() => rows.count()).toBe(50);
    await expect.poll(() => rows.filter({ hasText: 'The oldest' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show older' }).click();
    const oldest = rows.filter({ hasText: 'The oldest' });
    await oldest.getByRole('button', { name: tab === 'members' ? 'Change' : 'Revoke' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Show older' }).count()).toBe(0);
    await page.close();
  });

  test('is read on by a click: where an event went', async () => {
    const { product, tenant } = dashboard;
    const url = 'http://127.0.0.1:9/';
    await times((number) => createWebhook(product, tenant, { name: `Board ${number}`, url }));
    const page = await dashboard.open(`events/publish?project=${tenant.projectId}&type=issue.created`);
    await page.getByRole('button', { name: 'Publish' }).click();
    const links = page.getByRole('region', { name: 'Fan-out' }).getByRole('link', { name: /^Board / });
    await expect.poll(() => links.count()).toBe(50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => links.count()).toBe(many);
    await page.close();
  });
});

describe('the log of a webhook that the list of webhooks omits', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const chosen = (page: Awaited<ReturnType<Dashboard['open']>>) =>
    page.getByLabel('Webhook', { exact: true }).locator('option:checked').textContent();

  test('names it, and says how it verifies, where it is the whole organization’s', async () => {
    const { product, tenant } = dashboard;
    const { organizationId } = tenant;
    const { createWebhook: made } = await product.call<{ createWebhook: { webhook: { id: string } } }>(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      { input: { organizationId, name: 'Harbour board', url: receiver.url, profile: 'STANDARD' } },
    );
    await publish(product, tenant, ['case.created']);
    await receiver.count(1);
    // Its deliveries are the organization's, whichever project the events are of.
    const page = await dashboard.open(`deliveries?webhook=${made.webhook.id}`);
    await expect.poll(() => chosen(page)).toBe('Harbour board');
    await page.getByRole('row').filter({ hasText: 'case.created' }).getByRole('button').first().click();
    await page.getByRole('dialog').getByText('How its receiver verifies it (Standard Webhooks)').waitFor();
    await page.close();
  });

  test('shows that it is filtered by one that was deleted', async () => {
    const { product, tenant } = dashboard;
    const id = await createWebhook(product, tenant, { name: 'Gone board', url: receiver.url });
    await product.call('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
    const page = await dashboard.open(`deliveries?project=${tenant.projectId}&webhook=${id}`);
    await expect.poll(() => chosen(page)).toBe('A webhook that is gone');
    await page.close();
  });
});

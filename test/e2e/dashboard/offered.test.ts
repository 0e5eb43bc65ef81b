import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey, type Dashboard, startDashboard } from '../../support/dashboard.ts';
import { tokenOf } from '../../support/userTokens.ts';

describe('what a viewer may not do is not offered', () => {
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard?.close());

  /** A page, as a key with these permissions sees it. */
  async function pageOf(permissions: readonly string[], path: string): Promise<Page> {
    const { organizationId } = dashboard.tenant;
    const key = await createKey(dashboard.product, { organizationId, permissions });
    return dashboard.open(path, key);
  }

  const settingsOf = (permissions: readonly string[], tab: string) => pageOf(permissions, `settings?tab=${tab}`);

  /** Who is VIEWER of the organization and administers its project. */
  async function projectAdmin(path: string): Promise<Page> {
    const { organizationId, projectId } = dashboard.tenant;
    const userId = 'berth-planner';
    for (const input of [{ role: 'VIEWER' }, { role: 'PROJECT_ADMIN', projectId }]) {
      await dashboard.product.call(
        'mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }',
        { input: { organizationId, userId, ...input } },
      );
    }
    return dashboard.open(path, await tokenOf(userId));
  }

  const optionsOf = (page: Page, label: string) =>
    page.getByRole('dialog').getByLabel(label).locator('option').allInnerTexts();

  test('event types are made by who manages the organization, not by who manages webhooks', async () => {
    const webhooks = await pageOf(['WEBHOOK_READ', 'WEBHOOK_MANAGE'], 'catalogue');
    await webhooks.getByText('everhook.webhook.disabled').waitFor();
    await expect.poll(() => webhooks.getByRole('button', { name: 'New event type' }).count()).toBe(0);
    const organization = await pageOf(['WEBHOOK_READ', 'ORGANIZATION_MANAGE'], 'catalogue');
    await organization.getByRole('button', { name: 'New event type' }).waitFor();
    await Promise.all([webhooks.close(), organization.close()]);
  });

  test('who administers a project makes no projects, and neither keys nor webhooks beyond their own', async () => {
    const { projectId } = dashboard.tenant;
    await dashboard.project('Crane planning');
    const page = await projectAdmin(`settings?tab=projects&project=${projectId}`);
    await page.getByRole('row').filter({ hasText: 'Crane planning' }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'New project' }).count()).toBe(0);

    await page.getByRole('tab', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    await expect.poll(() => optionsOf(page, 'Project')).toEqual(['Berth planning']);
    await page.keyboard.press('Escape');

    await page.getByRole('tab', { name: 'Portal links' }).click();
    await page.getByRole('button', { name: 'New portal link' }).click();
    await expect.poll(() => optionsOf(page, 'Project')).toEqual(['Berth planning']);
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    await expect.poll(() => optionsOf(page, 'Events of')).toEqual(['Berth planning']);
    await page.close();
  });

  test('a key is given no permission that its maker does not have and cannot untick', async () => {
    const page = await settingsOf(['KEY_MANAGE', 'AUDIT_READ'], 'keys');
    await page.getByRole('button', { name: 'New key' }).click();
    const form = page.getByRole('dialog', { name: 'New API key' });
    await form.getByLabel('Name').fill('Gantry service');
    await form.getByRole('combobox', { name: 'May' }).selectOption({ label: 'Chosen permissions' });
    await expect.poll(() => form.getByRole('checkbox').count()).toBe(2);
    await form.getByRole('checkbox', { name: 'Read the audit log' }).click();
    await form.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog', { name: 'Gantry service is ready' }).waitFor();
    await page.close();
  });

  test('a portal link is given none either, and one that does anything also sees what it does', async () => {
    const page = await settingsOf(['KEY_MANAGE', 'WEBHOOK_READ', 'DELIVERY_REPLAY'], 'portal');
    await page.getByRole('button', { name: 'New portal link' }).click();
    const form = page.getByRole('dialog', { name: 'New portal link' });
    const sees = form.getByRole('checkbox', { name: 'See webhooks and deliveries' });
    await expect.poll(() => form.getByRole('checkbox').count()).toBe(2);
    await sees.click();
    await form.getByRole('checkbox', { name: 'Retry and replay deliveries' }).click();
    await expect.poll(() => sees.isChecked()).toBe(true);
    await expect.poll(() => sees.isDisabled()).toBe(true);
    await form.getByRole('button', { name: 'Create link' }).click();
    await page
      .getByRole('dialog', { name: 'The portal link' })
      .getByRole('button', { name: 'I have stored it' })
      .click();
    await page.getByRole('cell', { name: 'See webhooks and deliveries, Retry and replay deliveries' }).waitFor();
    await page.close();
  });

  test('in a portal there are no settings, though one types their address', async () => {
    const { organizationId, projectId } = dashboard.tenant;
    const { createPortalLink } = await dashboard.product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
    );
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${dashboard.product.url}${createPortalLink.path}`);
    await page.getByRole('button', { name: 'New webhook' }).first().waitFor();
    for (const tab of ['projects', 'types', 'members', 'permissions', 'keys', 'portal', 'audit']) {
      await page.evaluate(
        (to) => history.pushState(null, '', to),
        `/portal/o/${organizationId}/settings?tab=${tab}&project=${projectId}`,
      );
      await page.getByText('There is no such page').waitFor();
      expect(await page.getByRole('tab').count()).toBe(0);
    }
    await page.close();
  });
});

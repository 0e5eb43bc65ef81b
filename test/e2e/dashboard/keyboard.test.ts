import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Dashboard,
  dashboardTenant,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

/** What has the focus, by what it is called. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement | null;
    const label = element?.labels?.[0]?.textContent;
    return (element?.getAttribute('aria-label') ?? label ?? element?.id ?? '') || (element?.textContent ?? '').trim();
  });

/** Whether the focus is within the dialog that is on top. */
const inDialog = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const dialog = [...document.querySelectorAll('[role="dialog"], [role="alertdialog"]')].at(-1);
    return dialog?.contains(document.activeElement) ?? false;
  });

/** Resolves once it has: a dialog gives the focus back when it is gone. */
const hasFocus = (page: Page, name: string) => expect.poll(() => focused(page)).toBe(name);

/** Leaves a dialog. One that has just come up listens a moment later than it is seen. */
const leave = (page: Page, dialog: Locator) =>
  expect
    .poll(async () => {
      await page.keyboard.press('Escape');
      return dialog.count();
    })
    .toBe(0);

/** Tabs on until something has the focus; whoever cannot get there fails. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 120; steps++) {
    const now = await focused(page);
    if (typeof name === 'string' ? now === name : name.test(now)) return;
    passed.push(now);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never came to ${name}, but to: ${passed.slice(0, 40).join(' | ')}`);
}

describe('without a mouse', () => {
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

  const press = async (page: Page, ...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  test('a webhook is made, its secret stored, changed and deleted, and the focus is never lost', async () => {
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${dashboard.product.url}/o/${dashboard.tenant.organizationId}/webhooks`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await expect.poll(() => focused(page)).toContain('Operator key');
    await page.keyboard.type(dashboard.tenant.key);
    await press(page, 'Enter');
    await page.getByText('No webhooks yet').waitFor();

    // Past the navigation at once.
    await tabTo(page, 'Skip to the page');
    await press(page, 'Enter', 'Tab');
    await hasFocus(page, 'Search webhooks');
    await tabTo(page, 'New webhook');
    await press(page, 'Enter');
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.waitFor();
    await hasFocus(page, 'Name');
    await leave(page, form);
    await hasFocus(page, 'New webhook');

    await press(page, 'Enter');
    await tabTo(page, 'Create webhook');
    await press(page, 'Enter');
    // What is missing has the focus.
    await form.getByText('Give it a name.').waitFor();
    await hasFocus(page, 'Name');
    await page.keyboard.type('Berth board');
    await press(page, 'Tab');
    await page.keyboard.type(receiver.url);
    await tabTo(page, 'Search events');
    await page.keyboard.type('issue.');
    await tabTo(page, 'issue.createdAn issue was created.');
    await press(page, 'Space');
    await form.getByText(/^1 of \d+ events/).waitFor();
    // Round and round, and never out: both ways.
    for (let steps = 0; steps < 45; steps++) {
      await press(page, steps < 30 ? 'Tab' : 'Shift+Tab');
      await expect.poll(() => inDialog(page)).toBe(true);
    }
    await tabTo(page, 'Description, retries, timeout and headers');
    await press(page, 'Enter');
    await tabTo(page, 'Retry after (optional)');
    await page.keyboard.type('soon');
    await press(page, 'Enter');
    await form.getByText('Write delays such as').waitFor();
    await hasFocus(page, 'Retry after (optional)');
    await press(page, 'ControlOrMeta+a');
    await page.keyboard.type('1 s');
    // Putting it right folds nothing away.
    await expect.poll(() => form.getByLabel('Retry after').isVisible()).toBe(true);
    await press(page, 'Enter');

    const reveal = page.getByRole('dialog', { name: 'Berth board is ready' });
    await reveal.waitFor();
    await expect.poll(() => inDialog(page)).toBe(true);
    await tabTo(page, 'Copy signing secret');
    await press(page, 'Enter');
    await reveal.getByRole('button', { name: 'Copied' }).waitFor();
    await press(page, 'Escape');
    const leaving = page.getByRole('alertdialog', { name: 'Leave without storing it?' });
    await leaving.waitFor();
    await hasFocus(page, 'Cancel');
    await press(page, 'Enter');
    await leaving.waitFor({ state: 'detached' });
    await hasFocus(page, 'Copied');
    await tabTo(page, 'I have stored it');
    await press(page, 'Enter');
    await reveal.waitFor({ state: 'detached' });
    await hasFocus(page, 'New webhook');

    await tabTo(page, 'More for Berth board');
    await press(page, 'Enter');
    await hasFocus(page, 'Open');
    await press(page, 'ArrowDown');
    await hasFocus(page, 'Show deliveries');
    await press(page, 'ArrowDown');
    await hasFocus(page, 'Edit…');
    await press(page, 'Enter');
    const edit = page.getByRole('dialog', { name: 'Edit Berth board' });
    await edit.waitFor();
    await hasFocus(page, 'Name');
    await leave(page, edit);
    await hasFocus(page, 'More for Berth board');
    await press(page, 'Enter');
    await hasFocus(page, 'Open');
    await press(page, 'End');
    await hasFocus(page, 'Delete…');
    await press(page, 'Enter');
    const confirm = page.getByRole('alertdialog', { name: 'Delete Berth board?' });
    await confirm.waitFor();
    await hasFocus(page, 'Cancel');
    await press(page, 'Tab', 'Enter');
    await page.getByText('No webhooks yet').waitFor();
    await confirm.waitFor({ state: 'detached' });
    await hasFocus(page, 'main');
    expect(dashboard.browsing.complaints).toEqual([]);
    await page.close();
  });

  test('another project or organization is chosen, with the focus still there and nothing of the other on the page', async () => {
    await dashboard.project('Quay planning');
    await dashboardTenant(dashboard.product, 'Canal Cranes');
    await publish(dashboard.product, dashboard.tenant, ['issue.created']);
    const page = await dashboard.open(`events?project=${dashboard.tenant.projectId}`, dashboard.product.operatorKey);
    const event = page.getByRole('row').getByRole('link', { name: 'issue.created' });
    await event.waitFor();
    await tabTo(page, 'Project');
    await page.keyboard.type('Quay');
    await page.getByText('No events yet').waitFor();
    await hasFocus(page, 'Project');
    expect(await event.count()).toBe(0);
    await page.getByLabel('Organization').focus();
    await page.keyboard.type('Canal');
    await expect.poll(() => page.url()).not.toContain(dashboard.tenant.organizationId);
    await page.getByText('No events yet').waitFor();
    await hasFocus(page, 'Organization');
    await page.close();
  });

  test('tabs, tables and links of the settings are walked by arrows and Tab', async () => {
    const page = await dashboard.open('settings');
    await page.getByRole('tab', { name: 'Projects' }).focus();
    for (const name of ['Members']) {
      await press(page, 'ArrowRight');
      await page.getByRole('tab', { name, selected: true }).waitFor();
    }
    await page.getByText('No members yet').waitFor();
    await tabTo(page, 'Add member');
    await press(page, 'Enter');
    await page.getByRole('dialog', { name: 'Add a member' }).waitFor();
    await tabTo(page, 'User');
    await page.keyboard.type('auth0|octavia');
    await press(page, 'Enter');
    await page.getByRole('row').filter({ hasText: 'auth0|octavia' }).waitFor();
    await hasFocus(page, 'Add member');
    await tabTo(page, 'Remove');
    await press(page, 'Enter');
    const confirm = page.getByRole('alertdialog', { name: 'Remove auth0|octavia?' });
    await confirm.waitFor();
    await leave(page, confirm);
    await hasFocus(page, 'Remove');
    await page.close();
  });

  test('an inbound webhook that cannot be added says why, and a tracker is connected', async () => {
    const page = await dashboard.open(`inbound?project=${dashboard.tenant.projectId}`);
    const add = page.getByRole('button', { name: 'Add', exact: true });
    await page.getByText('An Issue Integration is required').waitFor();
    await expect.poll(() => add.isDisabled()).toBe(true);
    await tabTo(page, 'Connect a tracker');
    await press(page, 'Enter');
    await page.getByRole('dialog', { name: 'Issue tracker' }).waitFor();
    await tabTo(page, 'Tracker');
    await page.keyboard.type('Links');
    await press(page, 'Tab');
    await page.keyboard.type('https://tracker.example.com');
    await press(page, 'Enter');
    await page.getByText('there is no tracker that could report').waitFor();
    await expect.poll(() => add.isDisabled()).toBe(true);
    // The button that was pressed is called otherwise now, and still has the focus.
    await hasFocus(page, 'Change');
    await page.close();
  });
});

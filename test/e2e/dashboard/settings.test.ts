import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dashboard, startDashboard } from '../../support/dashboard.ts';
import { holdAnswers } from '../../support/heldAnswers.ts';

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
const alert = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text }).waitFor();

describe('the settings', () => {
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard?.close());

  const open = (tab: string) => dashboard.open(`settings?tab=${tab}`);

  test('add, change and remove members', async () => {
    const page = await open('members');
    await page.getByText('No members yet').waitFor();
    await page.getByRole('button', { name: 'Add member' }).click();
    const added = page.getByRole('dialog', { name: 'Add a member' });
    await added.getByRole('button', { name: 'Save member' }).click();
    await alert(page, 'A user id is the "sub" of the user’s tokens');
    await expect.poll(() => added.getByLabel('User').getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => added.getByLabel('User').evaluate((field) => field === document.activeElement)).toBe(true);
    await added.getByLabel('User').fill('auth0|octavia');
    await added.getByLabel('Name').fill('Octavia');
    await added.getByLabel('Role').selectOption({ label: 'Owner' });
    await added.getByRole('button', { name: 'Save member' }).click();
    await added.waitFor({ state: 'detached' });

    await row(page, 'Octavia').getByRole('button', { name: 'Change' }).click();
    const changed = page.getByRole('dialog', { name: 'Change Octavia' });
    await expect.poll(() => changed.getByLabel('User').inputValue()).toBe('auth0|octavia');
    await changed.getByLabel('Role').selectOption({ label: 'Viewer' });
    await changed.getByRole('button', { name: 'Save member' }).click();
    await alert(page, 'This is the last owner: make another member an owner first.');
    await changed.getByLabel('Role').selectOption({ label: 'Owner' });
    await changed.getByLabel('Berth planning').click();
    await changed.getByRole('button', { name: 'Save member' }).click();
    await row(page, 'Octavia').getByRole('cell', { name: 'Berth planning' }).waitFor();
    await row(page, 'Octavia').getByRole('button', { name: 'Change' }).click();
    await changed.getByLabel('Berth planning').click();
    await changed.getByRole('button', { name: 'Save member' }).click();
    await row(page, 'Octavia').getByRole('cell', { name: 'Berth planning' }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Add member' }).click();
    await added.getByLabel('User').fill('auth0|porter');
    await added.getByRole('button', { name: 'Save member' }).click();
    await row(page, 'auth0|porter').getByRole('button', { name: 'Remove' }).click();
    const removal = page.getByRole('alertdialog', { name: 'Remove auth0|porter?' });
    await removal.getByText('They see nothing of Harbour Robotics from now on').waitFor();
    await removal.getByRole('button', { name: 'Remove member' }).click();
    await row(page, 'auth0|porter').waitFor({ state: 'detached' });
    expect(dashboard.browsing.complaints).toEqual([]);
    await page.close();
  });

  test('change what roles may, but take from owners nothing that nobody could give back', async () => {
    const page = await open('permissions');
    const may = page.getByRole('checkbox', { name: 'Member: Manage webhooks' });
    await may.click();
    await page.getByText('Saved').waitFor();
    await expect.poll(() => may.isChecked()).toBe(true);
    const owners = page.getByRole('checkbox', { name: 'Owner: Manage members' });
    await owners.click();
    await alert(page, 'Owners keep “Manage members”: nobody else could give it back.');
    await expect.poll(() => owners.isChecked()).toBe(true);
    await page.close();
  });

  test('make, reveal and revoke API keys', async () => {
    const page = await open('keys');
    await page.getByRole('button', { name: 'New key' }).click();
    const form = page.getByRole('dialog', { name: 'New API key' });
    await form.getByRole('button', { name: 'Create key' }).click();
    await alert(page, 'A name has 1 to');
    await form.getByLabel('Name').fill('Gantry service');
    await form.getByRole('combobox', { name: 'May' }).selectOption({ label: 'Chosen permissions' });
    await form.getByRole('checkbox', { name: 'Publish events' }).click();
    await form.getByRole('button', { name: 'Create key' }).click();
    await alert(page, 'Choose at least one.');
    await expect.poll(() => form.getByLabel('Name').inputValue()).toBe('Gantry service');
    // A click that misses the dialog costs nothing of it.
    await page.mouse.click(5, 5);
    await form.getByRole('checkbox', { name: 'Publish events' }).click();
    await form.getByRole('button', { name: 'Create key' }).click();
    const reveal = page.getByRole('dialog', { name: 'Gantry service is ready' });
    const key = (await reveal.locator('code').textContent()) ?? '';
    await reveal.getByRole('button', { name: 'Copy api key' }).click();
    await reveal.getByRole('button', { name: 'Copied' }).waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    await reveal.getByRole('button', { name: 'I have stored it' }).click();
    const viewer = () => dashboard.product.call<{ viewer: { kind: string } }>('{ viewer { kind } }', {}, key);
    expect((await viewer()).viewer.kind).toBe('API_KEY');
    await row(page, 'Gantry service').getByRole('button', { name: 'Revoke' }).click();
    const confirm = page.getByRole('alertdialog', { name: 'Revoke Gantry service?' });
    await confirm.getByRole('button', { name: 'Revoke key' }).click();
    await row(page, 'Gantry service').getByText('Revoked').waitFor();
    await expect(viewer()).rejects.toThrow();
    await page.close();
  });

  test.each([
    { tab: 'keys', open: 'New key', form: 'New API key', act: 'Create key', shown: 'Lock keeper is ready' },
    { tab: 'portal', open: 'New portal link', form: 'New portal link', act: 'Create link', shown: 'The portal link' },
  ])(
    'keep a secret of $tab that is shown once until it was stored, whatever page is opened meanwhile',
    async (made) => {
      const page = await dashboard.open('webhooks');
      const palette = page.getByRole('dialog', { name: 'Search or go to' });
      // It is loaded from here on: it would open at once.
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      await page.keyboard.press('Escape');
      await palette.waitFor({ state: 'detached' });
      await page.evaluate(
        (to) => history.pushState(null, '', to),
        `/o/${dashboard.tenant.organizationId}/settings?tab=${made.tab}`,
      );
      await page.getByRole('button', { name: made.open }).first().click();
      const form = page.getByRole('dialog', { name: made.form });
      await form.getByLabel('Name').fill('Lock keeper');
      const held = await holdAnswers(page, (body) => /createApiKey|createPortalLink/.test(body));
      await form.getByRole('button', { name: made.act }).click();
      await held.answered;
      await page.goBack();
      await form.waitFor({ state: 'detached' });
      held.release();
      const reveal = page.getByRole('dialog', { name: made.shown });
      const secret = (await reveal.locator('code').textContent()) ?? '';
      await page.keyboard.press('Control+k');
      expect(await palette.count()).toBe(0);
      await page.keyboard.press('Escape');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
      expect(await reveal.locator('code').textContent()).toBe(secret);
      await reveal.getByRole('button', { name: 'I have stored it' }).click();
      await reveal.waitFor({ state: 'detached' });
      await page.keyboard.press('Control+k');
      await palette.waitFor();
      await page.close();
    },
  );

  test('show where deliveries come from, to be copied as a whole', async () => {
    const page = await open('egress');
    await page.getByText('192.0.2.0/28').waitFor();
    await page.getByRole('button', { name: 'Copy all' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('192.0.2.0/28\n2001:db8::/48');
    await page.close();
  });

  test('make portal links that open the dashboard, and revoke them', async () => {
    const page = await open('portal');
    await page.getByRole('button', { name: 'New portal link' }).click();
    const form = page.getByRole('dialog', { name: 'New portal link' });
    await form.getByLabel('Name').fill('Canal Cranes');
    for (const name of ['Manage webhooks', 'See webhooks and deliveries']) await form.getByLabel(name).click();
    await form.getByRole('button', { name: 'Create link' }).click();
    await alert(page, 'Choose at least one.');
    await form.getByLabel('See webhooks and deliveries').click();
    await form.getByRole('button', { name: 'Create link' }).click();
    const reveal = page.getByRole('dialog', { name: 'The portal link' });
    const link = (await reveal.locator('code').textContent()) ?? '';
    await reveal.getByRole('button', { name: 'I have stored it' }).click();

    const portal = await dashboard.browsing.context.newPage();
    await portal.goto(link);
    await portal.getByText('No webhooks yet').waitFor();
    await expect.poll(() => portal.getByRole('button', { name: 'New webhook' }).count()).toBe(0);
    await row(page, 'Canal Cranes').getByRole('button', { name: 'Revoke' }).click();
    const confirm = page.getByRole('alertdialog', { name: 'Revoke Canal Cranes?' });
    await confirm.getByRole('button', { name: 'Revoke link' }).click();
    await row(page, 'Canal Cranes').getByText('Revoked').waitFor();
    await portal.getByRole('link', { name: 'Overview' }).click();
    await portal.getByRole('heading', { name: 'This link is no longer good', level: 2 }).waitFor();
    await Promise.all([page.close(), portal.close()]);
  });

  test('find in the audit log what was done, when and by whom, by an address that can be sent', async () => {
    const page = await open('audit');
    const log = page.getByRole('region', { name: 'Audit log' });
    await log.getByText('Organization created').waitFor();
    await page.getByLabel('Action').selectOption('project.created');
    await log.getByText('Organization created').waitFor({ state: 'detached' });
    // Between the two lists stands what shows that the second is on its way.
    await log.getByText('Project created').waitFor();
    await expect
      .poll(() => log.getByRole('article').allInnerTexts())
      .toEqual([expect.stringContaining('Project created')]);
    expect(page.url()).toContain('action=project.created');
    await page.getByLabel('By').fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing fits').waitFor();
    await page.getByLabel('From').fill('2026-06-02T00:00');
    await page.getByLabel('To', { exact: true }).fill('2026-06-01T00:00');
    await alert(page, 'This ends before it begins');
    await page.getByRole('button', { name: 'Clear' }).click();
    await log.getByText('Organization created').waitFor();
    await expect.poll(() => page.getByLabel('By').inputValue()).toBe('');
    await page.close();
  });
});

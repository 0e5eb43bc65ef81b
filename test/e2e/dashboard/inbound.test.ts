import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dashboard, startDashboard } from '../../support/dashboard.ts';
import { azureReporting, gitHubReporting, jiraReporting, type ReportingTracker } from '../../trackers/reports.ts';

const chosen = { username: 'crane', password: 'correct horse battery' };
const basic = `${chosen.username}:${chosen.password}`;

const card = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const row = (page: Page, title: string): Locator => page.getByRole('row').filter({ hasText: title });
const connects = (page: Page) => page.getByRole('button', { name: 'Connect a tracker' });
const fact = (inCard: Locator, name: string): Promise<string | null> =>
  inCard
    .locator('dl > div')
    .filter({ has: inCard.page().locator('dt', { hasText: name }) })
    .locator('dd')
    .textContent();
const add = (page: Page) => card(page, 'Inbound webhook').getByRole('button', { name: 'Add', exact: true });

/** What the panel shows this once. */
async function revealed(page: Page): Promise<{ panel: Locator; values: string[] }> {
  const panel = page.getByRole('dialog', { name: 'The inbound webhook is ready' });
  await panel.waitFor();
  return { panel, values: await panel.locator('code').allTextContents() };
}

describe('the inbound page', () => {
  let dashboard: Dashboard;
  const trackers: Record<string, ReportingTracker> = {
    GitHub: gitHubReporting(),
    Jira: jiraReporting(),
    'Azure DevOps': azureReporting(),
  };

  beforeAll(async () => {
    dashboard = await startDashboard();
    await Promise.all(Object.values(trackers).map(({ tracker }) => tracker.listen()));
  });
  afterAll(async () => {
    await dashboard?.close();
    await Promise.all(Object.values(trackers).map(({ tracker }) => tracker.close()));
  });

  /** Connects by the form, after a wrong token was refused. */
  async function connect(page: Page, name: string): Promise<void> {
    const { baseUrl, token, email } = (trackers[name] as ReportingTracker).tracker;
    await page.getByText('An Issue Integration is required').waitFor();
    await expect.poll(() => add(page).isDisabled()).toBe(true);
    await connects(page).click();
    const form = page.getByRole('dialog', { name: 'Issue tracker' });
    await form.getByLabel('Tracker').selectOption({ label: name });
    await form.getByLabel('Address').fill(baseUrl);
    if (email) await form.getByLabel('E-mail of the account').fill(email);
    await form.getByLabel(/token/).fill('a-wrong-token');
    await form.getByRole('button', { name: 'Check and save' }).click();
    await form
      .getByRole('alert')
      .filter({ hasText: `The connection to ${name} does not work` })
      .waitFor();
    await expect.poll(() => form.getByLabel(/token/).getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => form.getByLabel('Tracker').locator('option:checked').textContent()).toBe(name);
    await expect.poll(() => form.getByLabel('Address').inputValue()).toBe(baseUrl);
    if (email) await expect.poll(() => form.getByLabel('E-mail of the account').inputValue()).toBe(email);
    await expect.poll(() => form.getByLabel(/token/).inputValue()).toBe('a-wrong-token');

    await form.getByLabel(/token/).fill(token);
    await form.getByRole('button', { name: 'Check and save' }).click();
    await form.waitFor({ state: 'detached' });
    const connected = card(page, 'Issue tracker');
    await connected.getByText(name, { exact: true }).waitFor();
    await connected.getByText(baseUrl, { exact: true }).waitFor();
  }

  test.each([
    { name: 'GitHub', steps: ['Payload URL', 'application/json'], rotates: true },
    { name: 'Jira', steps: ['Create a WebHook', 'Issue created, updated and deleted'], rotates: true },
    { name: 'Azure DevOps', steps: ['Service hooks', 'Work item created'], rotates: false },
  ])('leads from a connection to issues that live in every tab: $name', async ({ name, steps, rotates }) => {
    const scene = trackers[name] as ReportingTracker;
    const projectId = await dashboard.project(`${name} issues`);
    const page = await dashboard.open(`inbound?project=${projectId}`);
    await connect(page, name);
    await add(page).click();
    if (!rotates) {
      const credentials = page.getByRole('dialog', { name: 'Credentials of the service hook' });
      await credentials.getByLabel('User name').fill(chosen.username);
      await credentials.getByLabel('Password').fill('too short');
      await credentials.getByRole('button', { name: 'Add' }).click();
      await credentials.getByRole('alert').filter({ hasText: '12 to 1,024 characters' }).waitFor();
      await expect.poll(() => credentials.getByLabel('User name').inputValue()).toBe(chosen.username);
      await credentials.getByLabel('Password').fill(chosen.password);
      await credentials.getByRole('button', { name: 'Add' }).click();
    }
    const first = await revealed(page);
    for (const step of steps) await first.panel.getByText(step).first().waitFor();
    await first.panel.getByRole('button', { name: 'Copy url' }).click();
    await first.panel.getByRole('button', { name: 'Copied' }).waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(first.values[0]);
    await page.keyboard.press('Escape');
    const leaving = page.getByRole('alertdialog', { name: 'Leave without storing it?' });
    await leaving.getByRole('button', { name: 'Cancel' }).click();
    await first.panel.getByRole('button', { name: 'I have stored it' }).click();
    await first.panel.waitFor({ state: 'detached' });
    const webhook = card(page, 'Inbound webhook');
    await webhook.getByText('Waiting for a first report').waitFor();
    // Its token was shown once.
    await webhook.getByText('[redacted]').waitFor();
    await webhook.getByText(`How to set it up in ${name}`).click();
    for (const step of steps) await webhook.getByText(step).first().waitFor();

    const second = await dashboard.open(`inbound?project=${projectId}`);
    await Promise.all([page, second].map((tab) => tab.getByText('No issues yet').waitFor()));
    const [url = '', secret = basic] = first.values;
    const title = `${scene.put().title}, as ${name} has it`;
    scene.put({ title });
    expect((await scene.report({ url, secret }, 'created')).status).toBe(200);
    await Promise.all([page, second].map((tab) => row(tab, title).waitFor()));
    scene.put({ title: `${title} now`, state: 'In Progress', assignee: 'octavia', changedAt: new Date() });
    expect((await scene.report({ url, secret }, 'changed')).status).toBe(200);
    await Promise.all(
      [page, second].map((tab) =>
        row(tab, `${title} now`).filter({ hasText: 'octavia' }).getByText('In Progress').waitFor(),
      ),
    );

    // Live, although each new tab signs in anew: the first one goes on.
    for (const tab of [page, second]) {
      const shown = card(tab, 'Inbound webhook');
      await shown.getByText('Healthy', { exact: true }).waitFor();
      await expect.poll(() => fact(shown, 'Last received')).not.toBe('Never');
      await expect.poll(() => fact(shown, 'Last success')).not.toBe('Never');
      expect(await fact(shown, 'Last failure')).toBe('Never');
    }

    // The log has the report with its webhook and the status that the tracker was given, and says why it is not replayed.
    const log = await dashboard.open(`deliveries?project=${projectId}&direction=INBOUND`);
    const report = log.getByRole('row').filter({ hasText: 'Inbound webhook' }).last();
    await report.getByText('200', { exact: true }).waitFor();
    await report.getByRole('button').first().click();
    const detail = log.getByRole('dialog');
    await detail.getByRole('link', { name: 'Inbound webhook' }).waitFor();
    await detail.getByRole('note').first().waitFor();
    expect(await detail.getByRole('button', { name: 'Replay' }).count()).toBe(0);
    await log.close();

    // A tab behind another draws once a second: what follows happens in the first.
    await page.bringToFront();
    await webhook.getByRole('button', { name: 'Send test' }).click();
    await page.getByText('no issue was touched').waitFor();

    let current = { url, secret };
    if (rotates) {
      await webhook.getByRole('button', { name: 'Rotate' }).click();
      const confirm = page.getByRole('alertdialog');
      await confirm.getByText('its reports are refused').waitFor();
      await confirm.getByRole('button', { name: 'Rotate' }).click();
      const rotated = await revealed(page);
      const [newUrl = '', newSecret = ''] = rotated.values;
      expect(newUrl).not.toBe(url);
      expect(newSecret).not.toBe(secret);
      await rotated.panel.getByRole('button', { name: 'I have stored it' }).click();
      expect((await scene.report(current, 'changed')).status).toBe(401);
      current = { url: newUrl, secret: newSecret };
      expect((await scene.report(current, 'changed')).status).toBe(200);
    } else {
      await expect.poll(() => webhook.getByRole('button', { name: 'Rotate' }).count()).toBe(0);
    }

    const tracker = card(page, 'Issue tracker');
    await tracker.getByRole('button', { name: 'Disconnect' }).click();
    const disconnect = page.getByRole('alertdialog', { name: `Disconnect ${name}?` });
    await disconnect.getByText('The inbound webhook goes with it').waitFor();
    await disconnect.getByRole('button', { name: 'Cancel' }).click();
    await webhook.getByText('Healthy', { exact: true }).waitFor();
    await tracker.getByRole('button', { name: 'Disconnect' }).click();
    await disconnect.getByRole('button', { name: 'Disconnect' }).click();
    await connects(page).waitFor();
    await expect.poll(() => add(page).isDisabled()).toBe(true);
    expect((await scene.report(current, 'changed')).status).toBe(401);
    await row(page, `${title} now`).waitFor();
    expect(dashboard.browsing.complaints).toEqual([]);
    await Promise.all([page.close(), second.close()]);
  });

  test('says what is missing first, and leads there', async () => {
    const projectId = await dashboard.project('Nothing yet');
    const page = await dashboard.open(`inbound?project=${projectId}`);
    await card(page, 'Inbound webhook').getByText('An Issue Integration is required').waitFor();
    await page.getByRole('link', { name: 'Issue Integration settings' }).click();
    await expect
      .poll(() => card(page, 'Issue tracker').evaluate((region) => region === document.activeElement))
      .toBe(true);
    await connect(page, 'GitHub');
    await page.getByText('Add one to receive issue updates from your assigned Issue Integration.').waitFor();
    await page.close();
  });

  test('says beforehand that another provider takes the webhook, and why links alone get none', async () => {
    const projectId = await dashboard.project('Links');
    const page = await dashboard.open(`inbound?project=${projectId}`);
    await connect(page, 'GitHub');
    await add(page).click();
    const { panel } = await revealed(page);
    // A tab that is closed over it asks first, too.
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    await panel.getByRole('button', { name: 'I have stored it' }).click();

    await card(page, 'Issue tracker').getByRole('button', { name: 'Change' }).click();
    const form = page.getByRole('dialog', { name: 'Issue tracker' });
    await form.getByLabel('Tracker').selectOption({ label: 'Links alone' });
    await form.getByText('Another tracker removes the inbound webhook of GitHub.').waitFor();
    await form.getByLabel('Address').fill('not a URL');
    await form.getByRole('button', { name: 'Check and save' }).click();
    await form.getByRole('alert').waitFor();
    await expect.poll(() => form.getByLabel('Address').getAttribute('aria-invalid')).toBe('true');
    await form.getByLabel('Address').fill('https://tracker.example.com');
    await form.getByRole('button', { name: 'Check and save' }).click();
    await page.getByText('there is no tracker that could report').waitFor();
    await expect.poll(() => add(page).isDisabled()).toBe(true);
    await page.close();
  });
});

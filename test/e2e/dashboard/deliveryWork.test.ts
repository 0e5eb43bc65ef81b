import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import { Receiver } from '../../support/receiver.ts';
import { temporalUiUrl } from '../../support/sharedProduct.ts';

/** What people do with deliveries day by day. */
describe('working with deliveries in the dashboard', () => {
  let dashboard: Dashboard;
  let accepting: Receiver;
  let refusing: Receiver;
  let flaky: Receiver;
  /** Of four requests it refuses three, until it is mended. */
  let isMended = false;
  const longName = `لوحة الرصيف ${'and a very long name '.repeat(8)}`.trim();

  beforeAll(async () => {
    dashboard = await startDashboard();
    const { product, tenant } = dashboard;
    accepting = await receiverAnswering({ code: 200 });
    refusing = await receiverAnswering({ code: 400 });
    let asked = 0;
    flaky = await new Receiver(() => (isMended || ++asked % 4 === 0 ? 200 : 400)).listen();
    await createWebhook(product, tenant, { name: longName, url: accepting.url, eventTypes: ['case.created'] });
    await createWebhook(product, tenant, {
      name: 'Ticket sync',
      url: refusing.url,
      eventTypes: ['issue.created'],
      retrySchedule: ['PT10M', 'PT1H', 'PT5H'],
    });
    await createWebhook(product, tenant, {
      name: 'Tide table',
      url: flaky.url,
      eventTypes: ['issue.updated'],
      retrySchedule: [],
    });
  });
  afterAll(async () => {
    await dashboard?.close();
    await accepting?.close();
    await refusing?.close();
    await flaky?.close();
  });

  const list = (search = '') =>
    dashboard.open(`deliveries?project=${dashboard.tenant.projectId}${search && `&${search}`}`);
  const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text }).first();
  const rowCount = (page: Page) => page.getByRole('table', { name: 'Deliveries' }).getAttribute('aria-rowcount');
  const go = (...types: string[]) => publish(dashboard.product, dashboard.tenant, types);

  test('teaches what a delivery is where there is none', async () => {
    const page = await list();
    await page.getByRole('heading', { name: 'No deliveries' }).waitFor();
    await page.getByText('A delivery is one event on its way to one webhook.').waitFor();
    await page.close();
  });

  test('shows the beginning of each payload, and sends one again from its row, once where the answer was lost', async () => {
    await go('case.created', 'issue.created');
    await accepting.count(1);
    await refusing.count(1);
    const page = await list();
    await row(page, 'case.created').getByText('"name":').waitFor();
    let lost = 0;
    await intercept(page, '**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation ReplayDelivery')) return route.fallback();
      await route.fetch();
      lost++;
      await route.abort();
    });
    const replay = row(page, 'case.created').getByRole('button', { name: 'Replay case.created' });
    await replay.click();
    await page.getByRole('status').getByText('could not be reached').first().waitFor({ timeout: 60_000 });
    expect(lost).toBeGreaterThan(0);
    await page.unrouteAll({ behavior: 'wait' });
    await replay.click();
    await page.getByText('It is sent again, as a new delivery.').waitFor();
    await accepting.count(2);
    // A click after that is another replay.
    await replay.click();
    await accepting.count(3);
    expect(accepting.received).toHaveLength(3);
    expect(
      await row(page, 'Retrying')
        .getByRole('button', { name: /^Replay/ })
        .count(),
    ).toBe(0);
    await page.close();
  });

  test('opens one by a link, with what was, what is next and what comes after; Back and the focus lead to the list', async () => {
    const page = await list('status=RETRYING');
    const button = row(page, 'issue.created').getByRole('button', { name: 'issue.created', exact: true });
    await button.click();
    await page.waitForURL(/\/deliveries\/[\da-f-]{36}\?/);
    const link = page.url();
    expect(link).toContain('status=RETRYING');
    const drawer = page.getByRole('dialog', { name: 'issue.created' });
    const steps = drawer.getByRole('list').filter({ hasText: 'Next attempt' }).getByRole('listitem');
    await drawer.getByText('1. Refused by the receiver').waitFor();
    await drawer.getByText(/Next attempt in 9 min/).waitFor();
    await drawer.getByText('3. After 1 h more').waitFor();
    await drawer.getByText('4. After 5 h more').waitFor();
    await drawer.getByText('Then it has failed for good').waitFor();
    expect(await steps.count()).toBe(5);
    const widths = async () => (await drawer.getByText(/Next attempt in/).boundingBox())?.width;
    const width = await widths();
    await expect.poll(() => drawer.getByText(/Next attempt in 9 min 5\d s/).count()).toBeGreaterThanOrEqual(0);
    expect(await widths()).toBe(width);
    await page.goBack();
    await drawer.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('/deliveries/0');
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.goForward();
    await drawer.waitFor();
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);

    // From a chat: the list stands behind it, and closing leads there.
    await page.goto(link);
    await drawer.getByText('1. Refused by the receiver').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await row(page, 'issue.created').waitFor();
    await page.close();
  });

  test('cancels one that waits, and says so in every tab', async () => {
    const page = await list('status=RETRYING');
    const other = await page.context().newPage();
    await other.goto(page.url().replace('status=RETRYING', ''));
    await row(other, 'issue.created').waitFor();
    await row(page, 'issue.created').getByRole('button').first().click();
    const drawer = page.getByRole('dialog', { name: 'issue.created' });
    await drawer.getByRole('button', { name: 'Cancel delivery' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Cancel this delivery?' });
    await asked.getByRole('button', { name: 'Cancel delivery' }).click();
    await drawer.getByText('Cancelled', { exact: true }).waitFor();
    await row(other, 'issue.created').getByText('Cancelled').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('No deliveries').waitFor();
    await Promise.all([page.close(), other.close()]);
  });

  test('leads to the workflow in Temporal that waits with it, and attempts it now by a click', async () => {
    const answer = { code: 503 };
    const late = await receiverAnswering(answer);
    await createWebhook(dashboard.product, dashboard.tenant, {
      name: 'Late boat',
      url: late.url,
      eventTypes: ['session.completed'],
      retrySchedule: ['PT1H'],
    });
    await go('session.completed');
    await late.count(1);
    const page = await list('status=RETRYING&event=session.completed');
    await row(page, 'Late boat').getByRole('button', { name: 'session.completed', exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'session.completed' });
    const link = drawer.getByRole('link', { name: 'Workflow in Temporal' });
    // Somewhere else, and in a tab of its own: the drawer stays.
    expect(await link.getAttribute('href')).toMatch(new RegExp(`^${temporalUiUrl}/namespaces/[^/]+/workflows/.+`));
    await page.context().route(`${temporalUiUrl}/**`, (route) => route.fulfill({ body: 'Temporal' }));
    const [opened] = await Promise.all([page.waitForEvent('popup'), link.click()]);
    await opened.getByText('Temporal').waitFor();
    await opened.close();

    answer.code = 200;
    await drawer.getByRole('button', { name: 'Attempt now' }).click();
    await page.getByText('It is attempted now.').waitFor();
    await drawer.getByText('2. Succeeded').waitFor();
    await drawer.getByText('Delivered', { exact: true }).waitFor();
    expect(await drawer.getByRole('button', { name: 'Attempt now' }).count()).toBe(0);
    await page.close();
    await late.close();
  });

  test('saves filters by name, renames, makes one the default, and deletes it', async () => {
    const page = await list('status=FAILED&code=503');
    const menu = (name: string) => page.getByRole('button', { name, exact: true });
    await menu('Saved filters').click();
    await page.getByRole('menuitem', { name: 'Save these filters…' }).click();
    const saving = page.getByRole('dialog', { name: 'Save these filters' });
    await saving.getByRole('button', { name: 'Save', exact: true }).click();
    await saving.getByText('Give them a name.').waitFor();
    await saving.getByLabel('Name').fill('Refused at night');
    await saving.getByRole('switch').click();
    await page.keyboard.press('Tab');
    await saving.getByRole('button', { name: 'Save', exact: true }).click();
    await menu('Refused at night').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await menu('Saved filters').click();
    await page.getByRole('menuitem', { name: 'Refused at night' }).click();
    await page.waitForURL(/status=FAILED&code=503/);

    // The default holds where the page is opened without filters, and never over those of an address.
    await page.getByRole('navigation').getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Deliveries' }).click();
    await page.waitForURL(/status=FAILED&code=503/);
    await page.goto(page.url().replace(/status=FAILED&code=503/, 'status=DELIVERED'));
    await row(page, 'case.created').waitFor();
    expect(page.url()).not.toContain('FAILED');

    await menu('Saved filters').click();
    await page.getByRole('menuitem', { name: 'Manage…' }).click();
    const managing = page.getByRole('dialog', { name: 'Saved filters' });
    await managing.getByLabel('Name of Refused at night').fill('Refused');
    await page.keyboard.press('Enter');
    await managing.getByRole('button', { name: 'Delete Refused', exact: true }).click();
    await managing.getByText('None are saved yet.').waitFor();
    await page.keyboard.press('Escape');
    await page.close();
  });

  test('recovers all that match, beyond what is loaded: counted first, followed, and nothing twice', async () => {
    const failed = 120;
    const sent = 160;
    await go(...Array.from({ length: 100 }, () => 'issue.updated'));
    await go(...Array.from({ length: sent - 100 }, () => 'issue.updated'));
    await flaky.count(sent);
    isMended = true;
    const page = await list('status=FAILED&event=issue.updated');
    await row(page, 'issue.updated').waitFor();
    expect(await rowCount(page)).toBe('101');
    await page.getByLabel('Select all that are loaded').click();
    const bar = page.getByRole('region', { name: 'Selected deliveries' });
    await bar.getByText(/All \d+ that are loaded are selected; the log goes on/).waitFor();
    await bar.getByRole('button', { name: 'Recover all that match' }).click();
    const dialog = page.getByRole('dialog', { name: 'Recover all that match' });
    await dialog.getByRole('button', { name: `Recover ${failed}` }).click();
    const strip = page.getByRole('region', { name: 'Recovery' });
    await strip.getByText(`Recovered: ${failed} of ${failed} sent again`).waitFor({ timeout: 60_000 });
    await flaky.count(sent + failed);
    expect(page.url()).toContain('recovery=');
    // Whoever gets the address, or reloads, sees how it ended.
    await page.reload();
    await strip.getByText(`Recovered: ${failed} of ${failed} sent again`).waitFor();
    await strip.getByRole('button', { name: 'Hide the recovery' }).click();
    await strip.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Recover all that match' }).click();
    await dialog.getByText('Nothing that these filters match is left to recover.').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    // What was delivered before was not sent again, and running it twice sends nothing twice.
    expect(flaky.received).toHaveLength(sent + failed);
    await page.close();
  });

  test('moves nothing away from somebody who reads: what comes in is counted, and comes in by a click', async () => {
    const page = await list();
    await row(page, 'issue.updated').waitFor();
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await row(page, 'issue.updated').hover();
    const count = await rowCount(page);
    await go('case.created', 'case.created');
    const fresh = page.getByRole('button', { name: '2 new' });
    await fresh.waitFor();
    expect(await rowCount(page)).toBe(count);
    expect(await page.getByRole('row').nth(1).textContent()).toContain('issue.updated');
    await fresh.click();
    await row(page, 'case.created').waitFor();
    expect(await page.getByRole('row').nth(1).textContent()).toContain('case.created');
    await page.close();
  });

  test('stops a recovery that runs: what it has sent stays, the rest is not sent', async () => {
    // Of four requests it refuses three, and then answers nothing: a recovery waits for its first deliveries.
    const [sent, failed] = [60, 45];
    let asked = 0;
    const stuck = await new Receiver(() => (++asked > sent ? null : asked % 4 === 0 ? 200 : 400)).listen();
    await createWebhook(dashboard.product, dashboard.tenant, {
      name: 'Stuck lock',
      url: stuck.url,
      eventTypes: ['case.updated'],
      retrySchedule: [],
    });
    await go(...Array.from({ length: sent }, () => 'case.updated'));
    await stuck.count(sent);
    const page = await list('status=FAILED&event=case.updated');
    await row(page, 'Stuck lock').waitFor();
    await expect.poll(() => rowCount(page)).toBe(String(failed + 1));
    await page.getByRole('button', { name: 'Recover all that match' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: `Recover ${failed}` })
      .click();
    const strip = page.getByRole('region', { name: 'Recovery' });
    await strip.getByText(/^Recovering: [1-9]\d? of 45 sent$/).waitFor();
    await strip.getByRole('button', { name: 'Cancel the rest' }).click();
    await strip.getByText(/^Cancelled after \d+ of 45\./).waitFor();
    expect(await strip.getByRole('button', { name: 'Cancel the rest' }).count()).toBe(0);
    expect(stuck.received.length).toBeLessThan(sent + failed);
    await page.reload();
    await strip.getByText(/^Cancelled after \d+ of 45\./).waitFor();
    await page.close();
    await stuck.close();
  });

  test('fits long names, also those that are read from the right, on a narrow screen and in German', async () => {
    const page = await list('event=case.created');
    await page.setViewportSize({ width: 360, height: 740 });
    await row(page, 'case.created').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.evaluate(() => localStorage.setItem('everhook.language', 'de'));
    await page.reload();
    await page.getByRole('heading', { name: 'Zustellungen' }).waitFor();
    await row(page, 'case.created').getByText('Zugestellt').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.close();
  });
});

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
import type { Receiver } from '../../support/receiver.ts';
import { slowness } from '../../support/slowness.ts';

const long = 'A board whose name goes on and on, as names do that somebody pasted from a plan '.repeat(2).trim();
const rightToLeft = 'لوحة الرصيف';

describe('the table of webhooks', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let refusing: Receiver;
  let page: Page;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    refusing = await receiverAnswering({ code: 500 });
    const { product, tenant } = dashboard;
    const made = async (name: string, input: object = {}) => {
      ids[name] = await createWebhook(product, tenant, { name, url: receiver.url, ...input });
    };
    await made('Berth board');
    await made('Quay board', { eventTypes: ['case.created'] });
    await made('Ticket sync', { url: refusing.url, retrySchedule: [], eventTypes: ['case.created', 'case.deleted'] });
    await made('Crane log', { description: 'Kept by the harbour master.', eventTypes: ['issue.deleted'] });
    await publish(product, tenant, ['case.created']);
    await Promise.all([receiver.count(2), refusing.count(1)]);
    page = await dashboard.open('webhooks?view=table');
    await row('Berth board').waitFor();
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
    await refusing?.close();
  });

  const table = () => page.getByRole('table', { name: 'Webhooks' });
  const row = (name: string) =>
    table()
      .getByRole('row')
      .filter({ has: page.getByRole('link', { name, exact: true }) });
  const names = () => table().getByRole('rowheader').getByRole('link').allTextContents();
  const select = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).click();
  const bar = () => page.getByRole('region', { name: /selected$/ });
  const act = async (action: string) => bar().getByRole('button', { name: action, exact: true }).click();
  const dialog = () => page.getByRole('dialog');
  const active = async (name: string) => {
    const { webhook } = await dashboard.product.call<{ webhook: { active: boolean; pausedAt: string | null } }>(
      'query ($id: ID!) { webhook(id: $id) { active pausedAt } }',
      { id: ids[name] },
    );
    return webhook;
  };

  test('shows at a glance how each fares', async () => {
    const berth = row('Berth board');
    await berth.getByText('TestPlanIt', { exact: true }).waitFor();
    await berth.getByRole('button', { name: 'Healthy' }).waitFor();
    await expect.poll(() => berth.getByRole('img').getAttribute('aria-label')).toBe('100% succeeded in 24 h');
    await expect
      .poll(() => row('Ticket sync').getByRole('img').getAttribute('aria-label'))
      .toBe('0% succeeded in 24 h');
    await expect.poll(() => row('Crane log').getByRole('img').getAttribute('aria-label')).toBe('No deliveries in 24 h');
    await row('Crane log').getByText('Never').waitFor();
  });

  test('is sorted by its headings, one way, the other and not any more, in the address', async () => {
    const before = ['Crane log', 'Ticket sync', 'Quay board', 'Berth board'];
    expect(await names()).toEqual(before);
    const heading = (name: string) => table().getByRole('columnheader', { name, exact: true });
    await heading('Name').getByRole('button').click();
    await expect.poll(names).toEqual(['Berth board', 'Crane log', 'Quay board', 'Ticket sync']);
    expect(await heading('Name').getAttribute('aria-sort')).toBe('ascending');
    await heading('Name').getByRole('button').click();
    await expect.poll(names).toEqual(['Ticket sync', 'Quay board', 'Crane log', 'Berth board']);
    expect(page.url()).toContain('sort=-name');
    await heading('Name').getByRole('button').click();
    await expect.poll(names).toEqual(before);
    await heading('Success, 24 h').getByRole('button').click();
    await expect.poll(async () => (await names())[0]).toBe('Ticket sync');
    expect((await names()).at(-1)).toBe('Crane log');
    await page.reload();
  });

  test('is searched and filtered in the address, which a new tab opens', async () => {
    page = await dashboard.open('webhooks?view=table&search=harbour master');
    await expect.poll(names).toEqual(['Crane log']);
    await page.getByLabel('Search webhooks').fill('BOARD');
    await expect.poll(names).toEqual(['Quay board', 'Berth board']);
    await page.getByLabel('State').selectOption('Off');
    await page.getByText('No webhook fits').waitFor();
    expect(page.url()).toContain('state=off');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(async () => (await names()).length).toBe(4);
  });

  test('switches many off after it has said how many, goes on where one is refused, and tries that one again', async () => {
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).click();
    await bar().getByText('4 webhooks selected').waitFor();
    let refuse = true;
    await intercept(page, '**/graphql', async (route) => {
      const body = route.request().postData() ?? '';
      if (!refuse || !body.includes('mutation SetWebhookActive') || !body.includes(ids['Quay board'] as string))
        return route.fallback();
      const errors = [{ message: 'The harbour master says no.', extensions: { code: 'FORBIDDEN' } }];
      return route.fulfill({ json: { data: null, errors } });
    });
    await act('Switch off…');
    await dialog().getByRole('heading', { name: 'Switch 4 webhooks off?' }).waitFor();
    await page.keyboard.press('Escape');
    expect((await active('Berth board')).active).toBe(true);
    await act('Switch off…');
    await dialog().getByRole('button', { name: 'Switch off' }).click();
    await dialog().getByText('4 of 4 done, 1 failed.').waitFor();
    await dialog().getByRole('list', { name: 'Failed' }).getByText('Quay board The harbour master says no.').waitFor();
    expect((await active('Berth board')).active).toBe(false);
    expect((await active('Quay board')).active).toBe(true);
    refuse = false;
    await dialog().getByRole('button', { name: 'Try the failed ones again' }).click();
    await dialog().getByText('1 of 1 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    expect((await active('Quay board')).active).toBe(false);
    await row('Quay board').getByRole('button', { name: 'Off' }).waitFor();
    await page.unroute('**/graphql');
  });

  test('leaves out those that an action does not apply to, and offers none that applies to nobody', async () => {
    await expect.poll(() => bar().getByRole('button', { name: 'Pause…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Clear the selection' }).click();
    await expect.poll(() => bar().count()).toBe(0);
    for (const name of ['Berth board', 'Quay board']) await select(name);
    await act('Switch on…');
    await dialog().getByRole('button', { name: 'Switch on' }).click();
    await dialog().getByText('2 of 2 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await select('Crane log');
    await act('Pause…');
    await dialog().getByRole('heading', { name: 'Pause 2 webhooks?' }).waitFor();
    await dialog().getByText('1 of the selected ones is left out').waitFor();
    await dialog().getByRole('button', { name: 'Pause' }).click();
    await dialog().getByText('2 of 2 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await row('Berth board').getByRole('button', { name: 'Paused' }).waitFor();
    await publish(dashboard.product, dashboard.tenant, ['case.created', 'case.created']);
    await act('Resume…');
    await dialog().getByText('Together they hold 4 deliveries.').waitFor();
    await dialog().getByRole('button', { name: 'Resume' }).click();
    await dialog().getByText('2 of 2 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await expect.poll(async () => (await active('Berth board')).pausedAt, { timeout: 60_000 }).toBeNull();
  });

  test('recovers many after it has counted what that sends', async () => {
    await page.getByRole('button', { name: 'Clear the selection' }).click();
    await select('Ticket sync');
    await act('Switch on…');
    await dialog().getByRole('button', { name: 'Switch on' }).click();
    await dialog().getByText('1 of 1 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await act('Recover…');
    // One that failed, and two that it missed while it was off.
    await dialog().getByText('3 deliveries in all.').waitFor();
    await dialog().getByRole('button', { name: 'Recover deliveries' }).click();
    await dialog().getByText('1 of 1 done.').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    await refusing.count(4);
    await page.getByRole('button', { name: 'Clear the selection' }).click();
  });

  test('says in cards, too, that one is off, and remembers which of both was chosen', async () => {
    await page.getByRole('button', { name: 'Cards' }).click();
    const card = page.getByRole('region', { name: 'Crane log', exact: true });
    await card.getByText(/^Switched off since \d\d:\d\d\.$/).waitFor();
    const tab = await dashboard.open('webhooks');
    await tab.getByRole('region', { name: 'Crane log', exact: true }).waitFor();
    await tab.close();
    await page.getByRole('button', { name: 'Table' }).click();
    await row('Crane log').waitFor();
  });

  test('shows what another tab has changed', async () => {
    const other = await dashboard.open('webhooks?view=table');
    const there = other.getByRole('switch', { name: 'Crane log is active' });
    await there.click();
    await row('Crane log').getByRole('button', { name: 'Healthy' }).waitFor({ timeout: 12_000 });
    await other.close();
  });

  test('is used by keyboard alone', async () => {
    await page.getByLabel('Search webhooks').fill('Quay');
    await expect.poll(names).toEqual(['Quay board']);
    await page.getByRole('checkbox', { name: 'Select Quay board' }).focus();
    await page.keyboard.press('Space');
    await bar().getByText('1 webhook selected').waitFor();
    const pause = bar().getByRole('button', { name: 'Pause…' });
    await pause.focus();
    await page.keyboard.press('Enter');
    await dialog().getByRole('heading', { name: 'Pause 1 webhook?' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    await expect.poll(() => pause.evaluate((it) => it === document.activeElement)).toBe(true);
    await row('Quay board').getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Quay board', level: 1 }).waitFor();
    await page.goBack();
    await page.getByLabel('Search webhooks').waitFor();
  });

  test('stays readable and in its place with long names, right-to-left ones, at 360 pixels, light and dark', async () => {
    const { product, tenant } = dashboard;
    await createWebhook(product, tenant, { name: long, url: `${receiver.url}${'a'.repeat(300)}` });
    await createWebhook(product, tenant, { name: rightToLeft, url: receiver.url });
    for (const [width, colorScheme] of [
      [1440, 'light'],
      [360, 'dark'],
    ] as const) {
      const tab = await dashboard.open('webhooks?view=table');
      await tab.emulateMedia({ colorScheme });
      await tab.setViewportSize({ width, height: 800 });
      await tab.getByRole('link', { name: rightToLeft }).waitFor();
      expect(await accessibilityProblems(tab)).toEqual([]);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await tab.close();
    }
    expect(dashboard.browsing.complaints.filter((each) => !each.includes('403'))).toEqual([]);
  });

  test('stays quick with a thousand, and asks for the shown ones alone', async () => {
    const { product, tenant } = dashboard;
    const { organizationId, projectId } = tenant;
    const rest = 1_000 - 6;
    const create = (n: number) =>
      createWebhook(
        product,
        { organizationId, projectId, key: '' },
        { name: `Board ${String(n).padStart(4, '0')}`, url: receiver.url, eventTypes: ['issue.deleted'] },
      );
    for (let at = 0; at < rest - 1; at += 40) {
      await Promise.all(Array.from({ length: Math.min(40, rest - 1 - at) }, (_, n) => create(at + n)));
    }
    // By itself: it is the newest, so the first of the list.
    await create(rest - 1);
    const tab = await dashboard.open('overview');
    const asked: number[] = [];
    tab.on('request', (request) => {
      const body = request.postDataJSON() as { query?: string; variables?: { ids?: string[] } } | null;
      if (body?.query?.includes('query WebhookActivity')) asked.push(body.variables?.ids?.length ?? 0);
    });
    await tab.getByRole('link', { name: 'Webhooks', exact: true }).click();
    await tab.getByRole('link', { name: 'Board 0993' }).waitFor();
    await expect.poll(() => tab.getByRole('table').getAttribute('aria-rowcount')).toBe('1001');
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    expect(asked.reduce((sum, each) => sum + each, 0)).toBeLessThan(80);
    expect(await tab.getByRole('row').count()).toBeLessThan(60);
    const took = await tab.evaluate(async () => {
      const scroller = document.querySelector('[role="table"] [role="rowgroup"]') as HTMLElement;
      const began = performance.now();
      for (let step = 0; step < 40; step++) {
        scroller.scrollTop += 600;
        await new Promise((shown) => requestAnimationFrame(shown));
      }
      return performance.now() - began;
    });
    // 40 frames at 60 a second are 670 ms.
    expect(took).toBeLessThan(4_000 * (await slowness()));
    await tab.getByLabel('Search webhooks').fill('Board 0007');
    await tab.getByRole('link', { name: 'Board 0007' }).waitFor();
    await tab.close();
  }, 180_000);
});

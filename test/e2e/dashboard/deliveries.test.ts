import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  createWebhook,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
} from '../../support/dashboard.ts';
import type { Product } from '../../support/installation.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

const answered = '{"berth":4}';

describe('the deliveries in the dashboard', () => {
  let product: Product;
  let browsing: Browsing;
  let tenant: DashboardTenant;
  let accepting: Receiver;
  let refusing: Receiver;
  let page: Page;

  beforeAll(async () => {
    product = await sharedProduct();
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    accepting = await receiverAnswering({ code: 200, body: answered });
    refusing = await receiverAnswering({ code: 503 });
    await createWebhook(product, tenant, { name: 'Berth board', url: accepting.url });
    await createWebhook(product, tenant, {
      name: 'Ticket sync',
      url: refusing.url,
      eventTypes: ['issue.created'],
      retrySchedule: ['PT1S'],
    });
    await createWebhook(product, tenant, {
      name: 'Tide table',
      url: refusing.url,
      eventTypes: ['case.created'],
      retrySchedule: ['PT5M'],
    });
    await publish(product, tenant, ['issue.created', 'issue.created', 'case.created', 'session.completed']);
    // Two that are tried twice, and one whose second attempt is minutes away.
    await Promise.all([accepting.count(4), refusing.count(5)]);
    browsing = await openChromium();
    page = await opened('');
  });
  afterAll(async () => {
    await browsing?.close();
    await accepting?.close();
    await refusing?.close();
    await product?.close();
  });

  const address = (search: string) =>
    `/o/${tenant.organizationId}/deliveries?project=${tenant.projectId}${search && `&${search}`}`;
  const opened = (search: string) => signedIn(browsing.context, product.url, tenant.key, address(search));
  /** To another address of the same page, as a link does. */
  const go = (search: string) => page.evaluate((to) => history.pushState(null, '', to), address(search));
  /** As many as are shown: status, event, and webhook of each. */
  const shown = async (from: Page = page): Promise<string[]> => {
    const cells = await from.locator('[role="row"]:not([aria-rowindex="1"])').all();
    const texts = await Promise.all(cells.map((row) => row.getByRole('cell').allInnerTexts()));
    return texts.map(([, status, event, webhook]) =>
      [status, event, webhook].map((text) => text?.trim().split('\n')[0]).join(', '),
    );
  };
  const berthed = (event: string) => `Delivered, ${event}, Berth board`;
  const failed = 'Failed, issue.created, Ticket sync';
  const retrying = 'Retrying, case.created, Tide table';
  const all = [
    ...['issue.created', 'issue.created', 'case.created', 'session.completed'].map(berthed),
    failed,
    failed,
    retrying,
  ];
  const local = (minutes: number) => {
    const time = new Date(Date.now() + minutes * 60_000);
    return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const filled = (label: string, value: string) => async (from: Page) =>
    void (await from.getByLabel(label, { exact: true }).fill(value));
  const chosen = (label: string, option: string) => async (from: Page) =>
    void (await from.getByLabel(label, { exact: true }).selectOption({ label: option }));

  const typed = (label: string, value: string) => async (from: Page) => {
    await from.getByLabel(label, { exact: true }).fill(value);
    await from.keyboard.press('Enter');
  };

  const filters: [string, (from: Page) => Promise<void>, RegExp, readonly string[]][] = [
    ['webhook', chosen('Webhook', 'Ticket sync'), /webhook=[\w-]{20,}/, [failed, failed]],
    ['event', chosen('Event', 'case.created'), /event=case\.created/, [berthed('case.created'), retrying]],
    ['status', chosen('Status', 'Failed'), /status=FAILED/, [failed, failed]],
    ['code', filled('Response code', '503'), /code=503/, [failed, failed, retrying]],
    ['direction', chosen('Direction', 'Outbound'), /direction=OUTBOUND/, all],
    ['other direction', chosen('Direction', 'Inbound'), /direction=INBOUND/, []],
    ['tests', chosen('Tests', 'Only tests'), /test=only/, []],
    ['labels', typed('Labels', 'customer=c_1'), /label=customer%3Dc_1/, []],
    ['start', filled('From', local(10)), /from=/, []],
    ['end', filled('To', local(10)), /to=/, all],
  ];

  test('are filtered by clicking, with each filter in the address', async () => {
    await expect.poll(async () => (await shown()).sort()).toEqual([...all].sort());
    for (const [name, choose, inAddress, rows] of filters) {
      await choose(page);
      await page.waitForURL(inAddress);
      await expect.poll(async () => (await shown()).sort(), { message: name }).toEqual([...rows].sort());
      if (rows.length === 0) await page.getByText('No deliveries').waitFor();
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await expect.poll(async () => (await shown()).length, { message: name }).toBe(all.length);
      await expect.poll(() => page.getByLabel('Response code').inputValue(), { message: name }).toBe('');
    }
  });

  test('keep their filters over a reload', async () => {
    for (const [, choose] of filters.slice(0, 5)) await choose(page);
    await filled('From', local(-10))(page);
    await filled('To', local(10))(page);
    // Of "Ticket sync" there is no case.created.
    await page.getByText('No deliveries').waitFor();
    await chosen('Event', 'issue.created')(page);
    await expect.poll(() => shown()).toEqual([failed, failed]);
    const controls = ['Webhook', 'Event', 'Status', 'Response code', 'Direction', 'From', 'To'];
    const values = () => Promise.all(controls.map((label) => page.getByLabel(label, { exact: true }).inputValue()));
    const before = await values();
    expect(before).not.toContain('');
    await page.reload();
    await expect.poll(() => shown()).toEqual([failed, failed]);
    await expect.poll(() => values()).toEqual(before);
    // A failed one has an edge of its own.
    const edge = await page
      .getByRole('row')
      .nth(1)
      .evaluate((row) => getComputedStyle(row).boxShadow);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'Delivered' }).first().waitFor();
    const plain = await page
      .getByRole('row')
      .filter({ hasText: 'Delivered' })
      .first()
      .evaluate((row) => getComputedStyle(row).boxShadow);
    expect([edge, plain]).toEqual([expect.stringContaining('inset'), 'none']);
  });

  test('show all where the address names a status that there is not', async () => {
    await go('status=LOST&direction=SIDEWAYS&code=9&from=soon');
    await expect.poll(async () => (await shown()).length).toBe(all.length);
    await go('');
  });

  test('count down to the next attempt', async () => {
    const row = page.getByRole('row').filter({ hasText: 'Retrying' }).first();
    await row.getByText(/^in \d min$/).waitFor();
    await row.getByRole('button').first().click();
    const drawer = page.getByRole('dialog');
    const countdown = drawer.getByText(/Next attempt in 4 min/).locator('time');
    const seconds = async () => {
      const [, minutes = '0', rest = '0'] =
        /in (?:(\d) min)? ?(?:(\d+) s)?/.exec((await countdown.textContent()) ?? '') ?? [];
      return Number(minutes) * 60 + Number(rest);
    };
    const first = await seconds();
    expect(first).toBeGreaterThan(200);
    await expect.poll(seconds).toBeLessThan(first);
    await drawer.getByText('1. Refused by the receiver').waitFor();
    await drawer.getByText('The response had no body.').waitFor();
    await page.keyboard.press('Escape');
  });

  const code = (drawer: Locator, label: string) => drawer.getByRole('region', { name: label, exact: true });

  test('tell everything of one: request and response, pretty and raw, and how its receiver verifies it', async () => {
    await page.getByRole('row').filter({ hasText: 'session.completed' }).getByRole('button').first().click();
    const drawer = page.getByRole('dialog', { name: 'session.completed' });
    await drawer.getByText('1. Succeeded').waitFor();
    const sent = accepting.received.find(({ body }) => body.includes('session.completed'));
    await expect
      .poll(() => code(drawer, 'request body').textContent())
      .toBe(JSON.stringify(JSON.parse(sent?.body ?? ''), null, 2));
    const forms = drawer.getByRole('tablist', { name: 'Form of the request body' });
    await forms.getByRole('tab', { name: 'Raw' }).click();
    await expect.poll(() => code(drawer, 'request body').textContent()).toBe(sent?.body);
    await expect
      .poll(() => code(drawer, 'response body of attempt 1').textContent())
      .toBe(JSON.stringify(JSON.parse(answered), null, 2));
    await drawer
      .getByRole('tablist', { name: 'Form of the response body of attempt 1' })
      .getByRole('tab', { name: 'Raw' })
      .click();
    await expect.poll(() => code(drawer, 'response body of attempt 1').textContent()).toBe(answered);

    const headers = drawer.getByRole('table', { name: 'Request headers' });
    for (const row of await headers.getByRole('row').all()) {
      const name = (await row.getByRole('rowheader').textContent()) ?? '';
      expect(sent?.headers[name.toLowerCase()], name).toBe(await row.getByRole('cell').textContent());
    }
    await drawer.getByText('How its receiver verifies it (TestPlanIt)').click();
    await drawer.getByText('await testplanit(').waitFor();
  });

  test('copy as a command of curl that sends the same once more', async () => {
    const drawer = page.getByRole('dialog', { name: 'session.completed' });
    await drawer.getByRole('button', { name: 'Copy as curl' }).click();
    await drawer.getByRole('button', { name: 'Copied' }).waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const before = accepting.received.length;
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    expect(stdout).toBe(answered);
    const [original, copy] = [
      accepting.received.find(({ body }) => body.includes('session.completed')),
      accepting.received[before],
    ];
    expect(copy?.body).toBe(original?.body);
    expect(copy?.method).toBe(original?.method);
    // Whose program sends it belongs to the sending, not to the request.
    const { connection: _, 'user-agent': __, ...headers } = original?.headers ?? {};
    expect(copy?.headers).toMatchObject(headers);
  });

  test('lead from an original to its replay and back', async () => {
    const original = page.getByRole('dialog', { name: 'session.completed' });
    const id = await original.locator('header code').textContent();
    await original.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Original' }).click();
    await expect.poll(() => page.getByRole('dialog').locator('header code').textContent()).toBe(id);
    await page.getByRole('dialog').getByRole('button', { name: 'Replay 1' }).click();
    await expect.poll(() => page.getByRole('dialog').locator('header code').textContent()).not.toBe(id);
    await page.getByRole('dialog').getByText('1. Succeeded').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('are sent again together, in as many calls as it takes', async () => {
    await chosen('Webhook', 'Berth board')(page);
    const hundred = Array.from({ length: 60 }, () => 'session.updated');
    await publish(product, tenant, hundred);
    await publish(product, tenant, hundred);
    const table = page.getByRole('table', { name: 'Deliveries' });
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('126');
    await page.getByText('Delivered').nth(20).waitFor();
    await page.getByLabel('Select all that are loaded').click();
    await page.getByText('125 selected', { exact: true }).waitFor();
    const before = accepting.received.length;
    await page.getByRole('button', { name: 'Replay 125' }).click();
    const asked = page.getByRole('alertdialog', { name: 'Replay 125 deliveries?' });
    await asked.getByRole('button', { name: 'Replay 125' }).click();
    await page.getByText('125 deliveries are sent again.').waitFor();
    await accepting.count(before + 125);
    await page.mouse.move(0, 0);
    await expect.poll(() => table.getAttribute('aria-rowcount')).toBe('251');
    await expect.poll(() => page.getByRole('region', { name: 'Selected deliveries' }).count()).toBe(0);
  });

  test('are not selected out of sight: other filters begin with nothing selected', async () => {
    await page.getByLabel('Select all that are loaded').click();
    await page.getByRole('region', { name: 'Selected deliveries' }).waitFor();
    await chosen('Status', 'Failed')(page);
    await page.getByText('No deliveries').waitFor();
    await expect.poll(() => page.getByRole('region', { name: 'Selected deliveries' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByText('Delivered').nth(20).waitFor();
  });

  test('scroll without gaps, with few rows in the page however many there are', async () => {
    const hundred = Array.from({ length: 100 }, () => 'case.updated');
    const before = accepting.received.length;
    for (let sent = 0; sent < 900; sent += 100) await publish(product, tenant, hundred);
    await accepting.count(before + 900);
    await page.waitForFunction(
      () => Number(document.querySelector('[role="table"]')?.getAttribute('aria-rowcount')) > 1_000,
    );
    const looks = await page.getByRole('rowgroup').evaluate(async (scroller) => {
      const frame = () => new Promise((shown) => requestAnimationFrame(shown));
      const { left, top, width, height } = scroller.getBoundingClientRect();
      const seen: { rows: number; gaps: number }[] = [];
      for (let step = 0; step < 40; step++) {
        scroller.scrollBy(0, 400);
        await frame();
        await frame();
        const points = [0.2, 0.4, 0.6, 0.8, 0.97].map((part) =>
          document.elementFromPoint(left + width / 2, top + height * part)?.closest('[role="row"]'),
        );
        seen.push({
          rows: document.querySelectorAll('[role="row"]').length,
          gaps: points.filter((row) => !row).length,
        });
      }
      return seen;
    });
    expect(Math.max(...looks.map(({ rows }) => rows))).toBeLessThan(60);
    expect(looks.filter(({ gaps }) => gaps > 0)).toEqual([]);
    await page.getByRole('rowgroup').evaluate((scroller) => scroller.scrollTo(0, 0));
  });

  test('are reached by keyboard: row by row beyond what is in sight, into one, and back to where one was', async () => {
    await page.getByRole('rowgroup').focus();
    const focused = () =>
      page.evaluate(() => Number(document.activeElement?.closest('[role="row"]')?.getAttribute('aria-rowindex')));
    // The header's box, then a box and two buttons a row.
    for (let step = 0; step < 120; step++) await page.keyboard.press('Tab');
    const row = await focused();
    expect(row).toBeGreaterThan(36);
    // On the row's own button, which opens it.
    while (!(await page.evaluate(() => document.activeElement?.textContent?.includes('.') === true)))
      await page.keyboard.press('Tab');
    const place = await focused();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('heading', { name: 'Request' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe(place);
    await page.getByRole('rowgroup').focus();
    const before = await page.getByRole('rowgroup').evaluate((scroller) => scroller.scrollTop);
    await page.keyboard.press('PageDown');
    await expect
      .poll(() => page.getByRole('rowgroup').evaluate((scroller) => scroller.scrollTop))
      .toBeGreaterThan(before + 200);
    expect(browsing.complaints).toEqual([]);
  });
});

import type { Locator, Page, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, openSession, publish, startDashboard } from '../../support/dashboard.ts';
import { holdAnswers } from '../../support/heldAnswers.ts';
import { holdFeed } from '../../support/heldFeed.ts';
import { intercept } from '../../support/intercept.ts';
import { Receiver } from '../../support/receiver.ts';

const isFirstPage = (body: string) => body.includes('query Deliveries(') && !body.includes('"after":"');
const isLaterPage = (body: string) => body.includes('query Deliveries(') && body.includes('"after":"');

describe('the list of deliveries, while it is being read,', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let code = 200;
  /** Deliveries that there are. */
  let count = 0;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await new Receiver(() => code).listen();
    await createWebhook(dashboard.product, dashboard.tenant, {
      name: 'Berth board',
      url: receiver.url,
      retrySchedule: ['PT1H'],
    });
    await sent(...Array.from({ length: 100 }, () => 'session.updated'));
    await sent(...Array.from({ length: 30 }, () => 'session.updated'));
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  async function sent(...types: string[]): Promise<void> {
    await publish(dashboard.product, dashboard.tenant, types);
    count += types.length;
    await receiver.count(count);
  }
  const listed = () => dashboard.open(`deliveries?project=${dashboard.tenant.projectId}`);
  const live = (page: Page) => page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
  const rowOf = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text }).first();
  const rowCount = (page: Page) => page.getByRole('table', { name: 'Deliveries' }).getAttribute('aria-rowcount');
  const toEnd = (page: Page) => page.getByRole('rowgroup').evaluate((it) => it.scrollTo(0, it.scrollHeight));
  const toTop = (page: Page) => page.getByRole('rowgroup').evaluate((it) => it.scrollTo(0, 0));

  test('keeps what is told meanwhile: a new row stays, and a delivery that went well does not wait again', async () => {
    const page = await listed();
    await live(page);
    await expect.poll(() => rowCount(page)).toBe('101');
    const { answered, release } = await holdAnswers(page, isLaterPage);
    await toEnd(page);
    await answered;
    await sent('case.created');
    await toTop(page);
    await rowOf(page, 'case.created').getByText('Delivered').waitFor();
    release();
    await expect.poll(() => rowCount(page)).toBe(String(count + 1));
    await toTop(page);
    await rowOf(page, 'case.created').getByText('Delivered').waitFor();
    await page.close();
  });

  test('keeps it from the first reading on', async () => {
    const sockets: WebSocket[] = [];
    dashboard.browsing.context.once('page', (tab) => tab.on('websocket', (socket) => sockets.push(socket)));
    const page = await dashboard.open(`nowhere?project=${dashboard.tenant.projectId}`);
    await live(page);
    const { answered, release } = await holdAnswers(page, isFirstPage);
    await page.getByRole('complementary').getByRole('link', { name: 'Deliveries' }).click();
    await answered;
    const isTold = ({ payload }: { payload: string | Buffer }) =>
      ['case.deleted', 'DELIVERED'].every((part) => String(payload).includes(part));
    await Promise.all([
      Promise.any(sockets.map((socket) => socket.waitForEvent('framereceived', isTold))),
      sent('case.deleted'),
    ]);
    // What the feed told has reached the pages when it lets the webhooks be read again.
    await page.waitForRequest((request) => request.postData()?.includes('query Webhooks(') ?? false);
    release();
    await rowOf(page, 'case.deleted').getByText('Delivered').waitFor();
    await page.close();
  });

  test('shows by a label what has it, and nothing that it was told of before', async () => {
    const page = await listed();
    await live(page);
    await sent('test_run.created');
    await rowOf(page, 'test_run.created').getByText('Delivered').waitFor();
    const labels = page.getByLabel('Labels', { exact: true });
    await labels.fill('customer=nobody');
    await labels.press('Enter');
    await page.getByText('No deliveries').waitFor();
    expect(await page.getByRole('row').count()).toBe(0);
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await rowOf(page, 'test_run.created').waitFor();
    await page.close();
  });

  test('leaves its rows where the next page cannot be had, says so, and gets it by a click', async () => {
    const page = await listed();
    await expect.poll(() => rowCount(page)).toBe('101');
    await intercept(page, '**/graphql', (route) =>
      isLaterPage(route.request().postData() ?? '') ? route.abort() : route.fallback(),
    );
    await toEnd(page);
    await page.getByRole('main').getByText('This could not be brought up to date').waitFor();
    expect(await rowCount(page)).toBe('101');
    // What comes in at the top says nothing of what is missing below.
    await sent('case.updated');
    await toTop(page);
    await rowOf(page, 'case.updated').getByText('Delivered').waitFor();
    await page.getByRole('main').getByText('This could not be brought up to date').waitFor();
    expect(await rowCount(page)).toBe('102');
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => rowCount(page)).toBe(String(count + 1));
    await expect.poll(() => page.getByText('This could not be brought up to date').count()).toBe(0);
    await page.close();
  });

  test('is live in the eighth tab, too: a browser gives a host six connections over HTTP/1.1, and none of them is held', async () => {
    const pages: Page[] = [];
    for (let tab = 0; tab < 8; tab++) {
      const page = await listed();
      await live(page);
      pages.push(page);
    }
    await sent('session.created');
    for (const page of pages) await rowOf(page, 'session.created').getByText('Delivered').waitFor();
    await Promise.all(pages.map((page) => page.close()));
  });

  test('selects nothing that has left it', async () => {
    code = 503;
    await sent('issue.deleted');
    const page = await dashboard.open(`deliveries?project=${dashboard.tenant.projectId}&status=RETRYING`);
    await live(page);
    await rowOf(page, 'issue.deleted').getByRole('checkbox').click();
    await page.getByText('1 selected', { exact: true }).waitFor();
    code = 200;
    const id = await retryingId();
    await retry(id);
    // While somebody selects, it stays in its place and shows how far it is.
    await rowOf(page, 'issue.deleted').getByText('Delivered').waitFor();
    await page.getByRole('button', { name: 'Clear selection' }).click();
    await page.mouse.move(0, 0);
    await page.getByText('No deliveries').waitFor();
    await expect.poll(() => page.getByText('1 selected').count()).toBe(0);
    await page.close();
  });

  test('keeps a selected row when the list is read again and a page of newer ones is there', async () => {
    await sent('session.completed');
    const { browsing, product, tenant } = dashboard;
    await openSession(browsing.context, product.url, tenant.key);
    const page = await browsing.context.newPage();
    const begin = await holdFeed(page);
    await page.goto(`${product.url}/o/${tenant.organizationId}/deliveries?project=${tenant.projectId}`);
    await rowOf(page, 'session.completed').getByRole('checkbox').click();
    await page.getByText('1 selected', { exact: true }).waitFor();
    const before = await rowCount(page);
    await sent(...Array.from({ length: 100 }, () => 'session.updated'));
    begin();
    const news = page.getByRole('button', { name: '100 new', exact: true });
    await news.waitFor();
    expect(await rowCount(page)).toBe(before);
    expect(await rowOf(page, 'session.completed').getAttribute('aria-rowindex')).toBe('2');
    await page.getByText('1 selected', { exact: true }).waitFor();
    await news.click();
    await expect.poll(() => rowOf(page, 'session.updated').getAttribute('aria-rowindex')).toBe('2');
    await page.close();
  });

  test('moves nothing below a pointer, also where it began empty', async () => {
    const alone = await dashboard.project('Empty quay');
    const page = await dashboard.open(`deliveries?project=${alone}`);
    await live(page);
    await page.getByText('No deliveries').waitFor();
    const tenant = { ...dashboard.tenant, projectId: alone };
    await createWebhook(dashboard.product, tenant, { name: 'Quay board', url: receiver.url });
    const put = async (type: string) => {
      await publish(dashboard.product, tenant, [type]);
      await receiver.count(++count);
    };
    await put('case.created');
    await rowOf(page, 'case.created').getByText('Delivered').waitFor();
    await rowOf(page, 'case.created').hover();
    await put('case.deleted');
    await page.getByRole('button', { name: '1 new', exact: true }).waitFor();
    expect(await rowCount(page)).toBe('2');
    await page.close();
  });

  test('brings the one that is open up to date when its live feed begins', async () => {
    code = 503;
    await sent('issue.created');
    const id = await retryingId();
    const page = await dashboard.browsing.context.newPage();
    const begin = await holdFeed(page);
    await page.goto(
      `${dashboard.product.url}/o/${dashboard.tenant.organizationId}/deliveries?project=${dashboard.tenant.projectId}&delivery=${id}`,
    );
    const drawer = page.getByRole('dialog');
    await drawer.getByText('1. Refused by the receiver').waitFor();
    code = 200;
    await retry(id);
    await expect.poll(() => statusOf(id)).toBe('DELIVERED');
    const over = Date.now();
    // A feed tells again what happened in the last two seconds before it began.
    await expect.poll(() => Date.now() - over).toBeGreaterThan(2_500);
    begin();
    await drawer.getByText('2. Succeeded').waitFor();
    await page.close();
    expect(dashboard.browsing.complaints.filter((complaint) => !complaint.includes('ERR_FAILED'))).toEqual([]);
  });

  test('shows in the one that is open a change that came while it was first fetched', async () => {
    code = 503;
    await sent('test_run.completed');
    const id = await retryingId();
    const page = await listed();
    await live(page);
    const { answered, release } = await holdAnswers(page, (body) => body.includes('query Delivery('));
    await rowOf(page, 'test_run.completed').getByRole('button').first().click();
    await answered;
    code = 200;
    await retry(id);
    // The list below the drawer has been told.
    await page.locator('[role="row"]').filter({ hasText: 'test_run.completed' }).getByText('Delivered').waitFor();
    release();
    await page.getByRole('dialog').getByText('2. Succeeded').waitFor();
    await page.close();
  });

  test('shows in the one that is opened again what was told while it was closed', async () => {
    code = 503;
    await sent('issue.updated');
    const id = await retryingId();
    const page = await listed();
    await live(page);
    const row = rowOf(page, 'issue.updated');
    await row.getByRole('button').first().click();
    await page.getByRole('dialog').getByText('1. Refused by the receiver').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    code = 200;
    await retry(id);
    await row.getByText('Delivered').waitFor();
    await row.getByRole('button').first().click();
    await page.getByRole('dialog').getByText('2. Succeeded').waitFor();
    await page.close();
  });

  async function retryingId(): Promise<string> {
    let id: string | undefined;
    await expect
      .poll(async () => {
        const { deliveries } = await dashboard.product.call<{ deliveries: { edges: { node: { id: string } }[] } }>(
          'query ($projectId: ID) { deliveries(projectId: $projectId, statuses: [RETRYING], first: 1) { edges { node { id } } } }',
          { projectId: dashboard.tenant.projectId },
        );
        id = deliveries.edges[0]?.node.id;
        return id;
      })
      .toBeDefined();
    return id as unknown as string;
  }

  async function statusOf(id: string): Promise<string | undefined> {
    const { delivery } = await dashboard.product.call<{ delivery: { status: string } | null }>(
      'query ($id: ID!) { delivery(id: $id) { status } }',
      { id },
    );
    return delivery?.status;
  }

  const retry = async (id: string) => {
    await dashboard.product.call('mutation ($id: ID!) { retryDelivery(input: { id: $id }) { delivery { id } } }', {
      id,
    });
    await receiver.count(++count);
  };
});

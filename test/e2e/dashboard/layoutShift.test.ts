import type { Page } from 'playwright-core';
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
import { layoutShifts, watchLayoutShifts } from '../../support/layoutShift.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

/** Each page, and what stands on it once all of it has come. */
const pages: readonly [path: string, ready: string][] = [
  ['overview', 'Retries due'],
  ['webhooks', '100% succeeded in 24 h'],
  ['deliveries', 'Delivered'],
  ['events', 'issue.created'],
  ['events/publish?type=issue.created', 'Nothing published yet'],
  ['catalogue', 'issue.created'],
  ['catalogue/issue.created', 'Subscribed webhooks'],
  ['inbound', 'An Issue Integration is required'],
  ['settings?tab=projects', 'TestPlanIt'],
  ['settings?tab=members', 'No members yet'],
  ['settings?tab=permissions', 'Project admin'],
  ['settings?tab=keys', 'Crane service'],
  ['settings?tab=portal', 'No portal links yet'],
  ['settings?tab=egress', '192.0.2.0/28'],
  ['settings?tab=audit', 'Webhook created'],
];

/** As long as a click explains what moves after it: an answer that takes longer shows what was not kept room for. */
const slowMs = 550;

describe('nothing moves by itself in the dashboard', () => {
  let product: Product;
  let tenant: DashboardTenant;
  let accepting: Receiver;
  let failing: Receiver;
  const answer = { code: 200 };

  beforeAll(async () => {
    product = await sharedProduct();
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    accepting = await receiverAnswering({ code: 200, body: '{"berth":4}' });
    failing = await receiverAnswering(answer);
    for (const name of ['Berth board', 'Tide table', 'Quay board', 'Crane log']) {
      await createWebhook(product, tenant, { name, url: accepting.url });
    }
    await createWebhook(product, tenant, { name: 'Ticket sync', url: failing.url, eventTypes: ['issue.created'] });
    await publish(product, tenant, ['case.created', 'issue.created']);
    await Promise.all([accepting.count(8), failing.count(1)]);
  });
  afterAll(async () => {
    await accepting?.close();
    await failing?.close();
    await product?.close();
  });

  const pathOf = (path: string) =>
    `/o/${tenant.organizationId}/${path}${path.includes('keys') ? '' : `${path.includes('?') ? '&' : '?'}project=${tenant.projectId}`}`;

  /** A browser whose API and whose files take their time. */
  async function slow(width: number): Promise<Browsing & { speed(ms: number): void }> {
    const browsing = await openChromium({ width, height: 860 });
    await watchLayoutShifts(browsing.context);
    let waits = slowMs;
    for (const what of ['**/graphql', '**/assets/**']) {
      await browsing.context.route(what, async (route) => {
        await new Promise((later) => setTimeout(later, waits));
        await route.continue();
      });
    }
    const speed = (ms: number) => {
      waits = ms;
    };
    return { ...browsing, speed };
  }

  const settled = async (page: Page, ready: string) => {
    await page.locator('#main').getByText(ready).filter({ visible: true }).first().waitFor();
    await page.getByRole('status').filter({ hasText: 'Loading…' }).waitFor({ state: 'detached' });
  };

  async function shiftsOf(width: number, first: readonly string[]): Promise<string[]> {
    const browsing = await slow(width);
    const found: string[] = [];
    try {
      const note = async (page: Page, name: string) =>
        found.push(...(await layoutShifts(page)).map((shift) => `${name} at ${width}: ${shift}`));
      // By its address, into a browser that has nothing yet: those whose parts come one after the other.
      await Promise.all(
        first.map(async (path) => {
          const page = await signedIn(browsing.context, product.url, tenant.key, pathOf(path));
          await settled(page, pages.find(([each]) => each === path)?.[1] ?? '');
          await note(page, path);
          if (path !== first[0]) await page.close();
        }),
      );
      const [page] = browsing.context.pages().slice(-1);
      if (!page) throw new Error('There is no page left.');
      // Nobody clicks here, so that everything that moves counts, however soon.
      browsing.speed(80);
      for (const [path, ready] of pages) {
        await page.evaluate((to) => history.pushState(null, '', to), pathOf(path));
        await settled(page, ready);
        await note(page, `to ${path}`);
      }
      // The measure itself is sound: it sees what does move.
      await page.evaluate(() =>
        document.body.prepend(Object.assign(document.createElement('p'), { textContent: 'In between' })),
      );
      expect((await layoutShifts(page)).length).toBeGreaterThan(0);
      return found;
    } finally {
      await browsing.close();
    }
  }

  test.concurrent('while pages load slowly', async () => {
    const found = await Promise.all([
      shiftsOf(1440, ['overview', 'webhooks', 'deliveries']),
      shiftsOf(360, ['webhooks', 'overview']),
    ]);
    expect(found.flat()).toEqual([]);
  });

  test.concurrent('while a test is sent, events are opened, and a delivery is', async () => {
    const browsing = await slow(1440);
    try {
      const page = await signedIn(browsing.context, product.url, tenant.key, pathOf('webhooks'));
      await settled(page, '100% succeeded in 24 h');
      await layoutShifts(page);
      const berth = page.getByRole('region', { name: 'Berth board' });
      await berth.getByRole('button', { name: 'Send test' }).click();
      await berth.getByText('Test is being sent…').first().waitFor();
      await berth.getByText('Test delivered.').waitFor();
      await berth.getByRole('button', { name: 'All events' }).click();
      await berth.getByText('issue.created').waitFor();
      await page.evaluate((to) => history.pushState(null, '', to), pathOf('deliveries'));
      await settled(page, 'Delivered');
      await page.getByRole('row').nth(2).getByRole('button').first().click();
      await page.getByRole('heading', { name: 'Request' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await layoutShifts(page)).toEqual([]);
    } finally {
      await browsing.close();
    }
  });

  test('while deliveries arrive and a webhook is disabled', async () => {
    // In the log, rows are placed by transform at every width; cards are not.
    const looks = [
      [1440, 'webhooks', 'deliveries', 'overview'],
      [360, 'webhooks'],
    ] as const;
    const opening = looks.map(async ([width, ...paths]) => {
      const browsing = await openChromium({ width, height: 860 });
      await watchLayoutShifts(browsing.context);
      const shown = await Promise.all(
        paths.map(async (path) => {
          const page = await signedIn(browsing.context, product.url, tenant.key, pathOf(path));
          await settled(page, pages.find(([each]) => each === path)?.[1] ?? '');
          await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor();
          return { path, page };
        }),
      );
      return { browsing, shown, width };
    });
    const opened = await Promise.all(opening);
    try {
      for (const { shown } of opened) for (const { page } of shown) await layoutShifts(page);
      answer.code = 503;
      await publish(
        product,
        tenant,
        Array.from({ length: 12 }, () => 'issue.created'),
      );
      const found: string[] = [];
      for (const { shown, width } of opened) {
        for (const { path, page } of shown) {
          if (path === 'webhooks') await page.getByText('too many attempts in a row failed').first().waitFor();
          if (path === 'deliveries') {
            const rows = () => page.locator('[aria-rowcount]').getAttribute('aria-rowcount').then(Number);
            await expect.poll(rows, { timeout: 60_000 }).toBeGreaterThan(60);
          }
          if (path === 'overview')
            await page
              .locator('#main')
              .getByText(/^6\d$|^70$/)
              .first()
              .waitFor();
          found.push(...(await layoutShifts(page)).map((shift) => `${path} at ${width}: ${shift}`));
        }
      }
      expect(found).toEqual([]);
    } finally {
      for (const { browsing } of opened) await browsing.close();
    }
  });
});

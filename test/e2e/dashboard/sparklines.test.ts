import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import type { Receiver } from '../../support/receiver.ts';

/** More cards than any screen of the tests shows. */
const cards = 40;

describe('the success of webhooks over a day', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  /** The newest, which is the first card. */
  let newest: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    const { product, tenant } = dashboard;
    const quiet = { url: receiver.url, eventTypes: ['issue.deleted'] };
    await createWebhook(product, tenant, { ...quiet, name: 'The oldest' });
    for (let number = 1; number < cards - 1; number++)
      await createWebhook(product, tenant, { ...quiet, name: `Board ${number}` });
    newest = await createWebhook(product, tenant, { name: 'The newest', url: receiver.url });
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  /** The calls for figures from now on: whose each asked for. */
  function asked(page: Page): string[][] {
    const calls: string[][] = [];
    page.on('request', (request) => {
      const body = request.postDataJSON() as { query?: string; variables?: { ids?: string[] } } | null;
      if (body?.query?.includes('query WebhookActivity')) calls.push(body.variables?.ids ?? []);
    });
    return calls;
  }

  const figure = (page: Page, name: string) => page.getByRole('region', { name, exact: true }).getByRole('img');

  test('is asked for where a card is in sight, many by one call, and once it comes there', async () => {
    const page = await dashboard.open('overview');
    const calls = asked(page);
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click();
    await page.getByRole('button', { name: 'Cards' }).click();
    await expect.poll(() => figure(page, 'The newest').getAttribute('aria-label')).toBe('No deliveries in 24 h');
    expect(calls.flat().length).toBeLessThan(cards);
    expect(calls.length).toBeLessThanOrEqual(3);
    await figure(page, 'The oldest').scrollIntoViewIfNeeded();
    await expect.poll(() => figure(page, 'The oldest').getAttribute('aria-label')).toBe('No deliveries in 24 h');
    await page.close();
  });

  test('is asked for again only where something was sent, and at a gentle pace', async () => {
    const page = await dashboard.open('webhooks?view=cards');
    await expect.poll(() => figure(page, 'The newest').getAttribute('aria-label')).toBe('No deliveries in 24 h');
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    const began = Date.now();
    const calls = asked(page);
    const { product, tenant } = dashboard;
    for (let round = 0; round < 3; round++) {
      // Cards are read again at most every so often: each round waits for the next time.
      const read = page.waitForRequest((request) => request.postData()?.includes('webhooks(') ?? false);
      await publish(product, tenant, ['case.created']);
      await read;
    }
    expect(calls.length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - began) / 15_000));
    await expect
      .poll(() => figure(page, 'The newest').getAttribute('aria-label'), { timeout: 60_000 })
      .toBe('100% succeeded in 24 h');
    expect(new Set(calls.flat())).toEqual(new Set([newest]));
    await page.close();
  });
});

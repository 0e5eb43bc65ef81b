import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  createKey,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
} from '../../support/dashboard.ts';
import type { Product } from '../../support/installation.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

describe('the dashboard', () => {
  let product: Product;
  let browsing: Browsing;
  let tenant: DashboardTenant;
  let url: string;
  const answer = { code: 200, body: 'berthed' };
  let receiver: Receiver;

  beforeAll(async () => {
    product = await sharedProduct();
    url = product.url;
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    receiver = await receiverAnswering(answer);
    browsing = await openChromium();
  });
  afterAll(async () => {
    await browsing?.close();
    await receiver?.close();
    await product?.close();
  });

  const cardOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
  const menuOf = async (page: Page, name: string, entry: string) => {
    await page.getByRole('button', { name: `More for ${name}` }).click();
    await page.getByRole('menuitem', { name: entry }).click();
  };

  test('leads through the whole life of a webhook by clicking', async () => {
    const page = await signedIn(browsing.context, url, tenant.key);

    await page.getByRole('button', { name: 'New webhook' }).first().click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await form.getByText('Give it a name.').waitFor();
    await form.getByLabel('Name').fill('Berth board');
    await form.getByLabel('URL').fill('https://hooks.slack.com/services/T/B/x');
    await form.getByText('A Slack webhook').waitFor();
    await expect.poll(() => form.getByLabel('Profile').inputValue()).toBe('SLACK');
    await form.getByLabel('URL').fill('https://hooks.slack.com.evil.example/');
    await expect.poll(() => form.getByLabel('Profile').inputValue()).toBe('TESTPLANIT');
    await form.getByLabel('URL').fill(receiver.url);
    await form.getByLabel('Search events').fill('issue.');
    await form.getByRole('checkbox', { name: 'Select all of Issues' }).click();
    await form.getByText(/of \d+ events/).waitFor();
    await form.getByRole('button', { name: 'Create webhook' }).click();

    const reveal = page.getByRole('dialog', { name: 'Berth board is ready' });
    const secret = await reveal.locator('code').textContent();
    await reveal.getByRole('button', { name: 'Copy signing secret' }).click();
    await reveal.getByRole('button', { name: 'Copied' }).waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await page.keyboard.press('Escape');
    await page
      .getByRole('alertdialog', { name: 'Leave without storing it?' })
      .getByRole('button', { name: 'Cancel' })
      .click();
    await reveal.getByRole('button', { name: 'I have stored it' }).click();

    const card = cardOf(page, 'Berth board');
    await card.getByText('Healthy', { exact: true }).waitFor();
    await expect.poll(() => card.getByText('Never').count()).toBe(3);
    await card.getByRole('button', { name: /events$/ }).click();
    await card.getByRole('checkbox', { name: /case\.created/ }).click();
    await card.getByText('Saved').waitFor();

    await card.getByRole('button', { name: 'Send test' }).click();
    await card.getByText('Test delivered.').waitFor();
    await card.getByText('HTTP 200').waitFor();

    await menuOf(page, 'Berth board', 'Edit…');
    const edit = page.getByRole('dialog', { name: 'Edit Berth board' });
    await edit.getByLabel('Name').fill('Quay board');
    await edit.getByText('Description, retries').click();
    await edit.getByLabel('Retry after').fill('soon');
    await edit.getByRole('button', { name: 'Save changes' }).click();
    await edit.getByText('Write delays such as').waitFor();
    await edit.getByLabel('Retry after').fill('1 s');
    await edit.getByRole('button', { name: 'Save changes' }).click();
    await edit.waitFor({ state: 'detached' });

    const quay = cardOf(page, 'Quay board');
    await menuOf(page, 'Quay board', 'Rotate secret…');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate secret' }).click();
    const rotated = page.getByRole('dialog', { name: 'New secret of Quay board' });
    await expect.poll(() => rotated.locator('code').textContent()).not.toBe(secret);
    await rotated.getByRole('button', { name: 'I have stored it' }).click();
    await quay.getByText('Two secrets sign').waitFor();
    await quay.getByRole('button', { name: 'Extend' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Extend by 24 hours' }).click();
    await quay.getByRole('button', { name: 'Extend' }).waitFor({ state: 'detached' });
    await quay.getByRole('button', { name: 'Retire now' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Retire now' }).click();
    await quay.getByText('Two secrets sign').waitFor({ state: 'detached' });

    answer.code = 503;
    await publish(
      product,
      tenant,
      Array.from({ length: 10 }, () => 'issue.created'),
    );
    await quay.getByText('Disabled', { exact: true }).waitFor();
    // Its retries are cancelled a moment later. Those that it is enabled before would be made.
    const retrying = async () => {
      const asked = 'query ($id: ID) { openDeliveries(organizationId: $id) { retrying } }';
      const found = await product.call<{ openDeliveries: { retrying: number } }>(asked, { id: tenant.organizationId });
      return found.openDeliveries.retrying;
    };
    await expect.poll(retrying).toBe(0);
    await quay.getByRole('button', { name: 'Re-enable' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Re-enable' }).click();
    await quay.getByText('Healthy', { exact: true }).waitFor();

    answer.code = 200;
    await menuOf(page, 'Quay board', 'Recover deliveries…');
    const recovery = page.getByRole('dialog', { name: /^Recover/ });
    await recovery.getByRole('button', { name: 'Recover' }).click();
    await recovery.getByText('Done.').waitFor();
    await recovery.getByRole('button', { name: 'Close' }).last().click();

    await quay.getByRole('switch').click();
    await quay.getByText('Off', { exact: true }).waitFor();
    await menuOf(page, 'Quay board', 'Delete…');
    await page.getByRole('alertdialog').getByText('Its log stays').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete webhook' }).click();
    await page.getByText('No webhooks yet').waitFor();
    expect(browsing.complaints).toEqual([]);
    await page.close();
  });

  test('shows in every tab what changes in one, and in the log what happens, without a reload', async () => {
    answer.code = 200;
    const [first, second] = await Promise.all([
      signedIn(browsing.context, url, tenant.key, `/o/${tenant.organizationId}/webhooks`),
      signedIn(browsing.context, url, tenant.key, `/o/${tenant.organizationId}/deliveries`),
    ]);
    await second.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await second.getByRole('row').filter({ hasText: 'Quay board' }).first().waitFor();
    const before = await second.getByRole('row').count();
    await first.getByRole('button', { name: 'New webhook' }).first().click();
    const form = first.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name').fill('Live board');
    await form.getByLabel('URL').fill(receiver.url);
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await first.getByRole('button', { name: 'I have stored it' }).click();
    await publish(product, tenant, ['issue.created']);
    await second.getByRole('cell', { name: 'Live board' }).first().waitFor();
    await second.getByRole('row').filter({ hasText: 'Live board' }).getByText('Delivered').waitFor();
    await expect.poll(() => second.getByRole('row').count()).toBe(before + 1);
    await cardOf(first, 'Live board').getByText('Healthy', { exact: true }).waitFor();

    await second.getByRole('row').filter({ hasText: 'Live board' }).getByRole('button').first().click();
    const drawer = second.getByRole('dialog');
    await drawer.getByText('1. Succeeded').waitFor();
    await drawer.getByText('berthed').waitFor();
    await drawer.getByRole('button', { name: 'Copy as curl' }).click();
    await expect
      .poll(() => second.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/^printf %s '.*' \| curl --globoff --path-as-is -X POST 'http:\/\/127/s);
    await drawer.getByRole('button', { name: 'Replay', exact: true }).click();
    await drawer.getByRole('button', { name: 'Original' }).waitFor();
    await second.keyboard.press('Escape');

    await second
      .getByRole('checkbox', { name: /^Select issue/ })
      .first()
      .click();
    await second.getByText('1 selected', { exact: true }).waitFor();
    await second.getByRole('button', { name: 'Replay 1', exact: true }).click();
    await second.getByText('1 delivery is sent again.').waitFor();
    await second.getByLabel('Status').selectOption('FAILED');
    await second.waitForURL(/status=FAILED/);
    await second.getByLabel('Response code').fill('404');
    await second.waitForURL(/code=404/);
    await second.getByRole('button', { name: 'Clear' }).click();
    await second.waitForURL((address) => address.search === '');
    await expect.poll(() => second.getByLabel('Response code').inputValue()).toBe('');
    expect(browsing.complaints).toEqual([]);
    await Promise.all([first.close(), second.close()]);
  });

  test('keeps the page light while thousands of deliveries arrive', async () => {
    const page = await signedIn(browsing.context, url, tenant.key, `/o/${tenant.organizationId}/deliveries`);
    const table = page.getByRole('table', { name: 'Deliveries' });
    await table.waitFor();
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    const hundred = Array.from({ length: 100 }, () => 'case.created');
    const before = receiver.received.length;
    for (let sent = 0; sent < 2_000; sent += 100) await publish(product, tenant, hundred);
    await page.waitForFunction(
      () => Number(document.querySelector('[role="table"]')?.getAttribute('aria-rowcount')) > 2_000,
    );
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(60);
    await table.getByRole('rowgroup').evaluate((element) => element.scrollTo(0, 50_000));
    await page.locator('[role="row"][aria-rowindex="960"]').waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(60);
    // The next test's delivery is not to wait behind these.
    await receiver.count(before + 2_000);
    await page.close();
  });

  test('publishes an example and shows its fan-out', async () => {
    const page = await signedIn(
      browsing.context,
      url,
      tenant.key,
      `/o/${tenant.organizationId}/events/publish?project=${tenant.projectId}&type=issue.created`,
    );
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByLabel('Data').fill('{');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('This is not JSON').first().waitFor();
    await page.getByRole('button', { name: 'Back to the example' }).click();
    await page.getByRole('button', { name: 'Publish' }).click();
    const fanOut = page.getByRole('region', { name: 'Fan-out' });
    await fanOut.getByRole('link', { name: 'Live board' }).waitFor();
    await fanOut.getByText('Delivered').waitFor();
    await page.close();
  });

  test('offers a reader nothing that changes anything', async () => {
    const key = await createKey(product, { organizationId: tenant.organizationId, role: 'VIEWER' });
    const page = await signedIn(browsing.context, url, key);
    const card = cardOf(page, 'Live board');
    await card.waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'New webhook' }).count()).toBe(0);
    await expect.poll(() => card.getByRole('button', { name: 'Send test' }).count()).toBe(0);
    await expect.poll(() => card.getByRole('switch').isDisabled()).toBe(true);
    await expect.poll(() => page.getByRole('link', { name: 'Publish an event' }).count()).toBe(0);
    await expect.poll(() => page.getByRole('link', { name: 'Inbound' }).count()).toBe(0);
    await page.getByRole('button', { name: 'More for Live board' }).click();
    await expect.poll(() => page.getByRole('menuitem').allInnerTexts()).toEqual(['Open', 'Show deliveries']);
    await page.close();
  });

  test('opens for a portal link in a frame of another site, for its one project and what it may', async () => {
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    const page = await browsing.context.newPage();
    const embedding = await receiverAnswering({
      code: 200,
      body: `<!doctype html><title>Product</title><iframe title="Webhooks" width="1100" height="700" src="${url}${createPortalLink.path}"></iframe>`,
    });
    // Another host than the dashboard's, though it is the same machine.
    await page.goto(embedding.url.replace('127.0.0.1', 'localhost'));
    const frame = page.frameLocator('iframe');
    await frame.getByRole('region', { name: 'Live board' }).waitFor();
    await expect.poll(() => frame.getByRole('button', { name: 'New webhook' }).count()).toBe(0);
    await expect.poll(() => frame.getByRole('link', { name: 'Settings' }).count()).toBe(0);
    // Nothing says whose installation it is, nor which organization of it.
    const shown = await frame.locator('body').textContent();
    expect(shown).not.toMatch(/Everhook|Harbour Robotics/);
    expect(await frame.getByRole('complementary').getByRole('combobox').count()).toBe(0);
    expect(page.frames()[1]?.url()).not.toContain('#');
    await page.close();
    await embedding.close();
  });

  test('is served with a strict policy, compressed, and kept for ever by digest', async () => {
    const page = await fetch(url, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
    const asset = await fetch(`${url}${script}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const portal = await fetch(`${url}/portal`, { headers: { accept: 'text/html' } });
    expect(portal.headers.get('content-security-policy')).toContain('frame-ancestors *');
    expect((await fetch(`${url}/assets/..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await fetch(`${url}/no-such-endpoint`)).status).toBe(404);
  });
});

import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { standard } from '../../../client-sdk/src/verify/index.ts';
import {
  createKey,
  createWebhook,
  type Dashboard,
  publish,
  receiverAnswering,
  startDashboard,
} from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

describe('the page of a webhook', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let page: Page;
  let id: string;
  const answer = { code: 200 };

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering(answer);
    const { product, tenant } = dashboard;
    id = await createWebhook(product, tenant, {
      name: 'Berth board',
      description: 'Shows each ship where it berths.',
      url: receiver.url,
      profile: 'STANDARD',
      eventTypes: ['case.created', 'case.deleted'],
      retrySchedule: ['PT1H'],
      headers: [{ name: 'X-Team', value: 'cranes' }],
    });
    page = await dashboard.open('webhooks');
    await page.getByRole('link', { name: 'Berth board' }).click();
    await page.getByRole('heading', { name: 'Berth board', level: 1 }).waitFor();
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const main = () => page.getByRole('main');
  const status = (text: string | RegExp) => main().getByText(text);
  const tab = (name: string) =>
    page.getByRole('navigation', { name: 'Parts of this page' }).getByRole('link', { name });
  const button = (name: string) => main().getByRole('button', { name, exact: true });
  const asked = () => page.getByRole('alertdialog');
  const call = (mutation: string, variables: object = {}) => dashboard.product.call(mutation, { id, ...variables });

  test('has an address of its own, and one for each of its parts', async () => {
    expect(new URL(page.url()).pathname).toBe(`/o/${dashboard.tenant.organizationId}/webhooks/${id}`);
    await tab('Settings').click();
    expect(page.url()).toContain('tab=settings');
    expect(await tab('Settings').getAttribute('aria-current')).toBe('page');
    await page.goBack();
    await expect.poll(() => tab('Overview').getAttribute('aria-current')).toBe('page');
  });

  test('teaches while nothing was sent, and has a test’s time at once', async () => {
    await status('Nothing was sent yet.').waitFor();
    await main().getByText('Shows each ship where it berths.').waitFor();
    await main().getByText('It has not changed.').waitFor();
    await main().getByRole('button', { name: 'Send test' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Test of Berth board' });
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await dialog.getByText('Test delivered.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await expect
      .poll(() => main().getByText('Last dispatched').locator('xpath=..').textContent())
      .toContain('just now');
  });

  test('says how its newest deliveries stand, and when the next attempt comes', async () => {
    await publish(dashboard.product, dashboard.tenant, ['case.created', 'case.created']);
    await status('The last 2 arrived.').waitFor({ timeout: 60_000 });
    answer.code = 500;
    await publish(dashboard.product, dashboard.tenant, ['case.created']);
    await status(/^1 of the last 3 failed; next attempt in (1 h|\d+ min).*\.$/).waitFor({ timeout: 60_000 });
    answer.code = 200;
    await main()
      .getByRole('region', { name: /success/i })
      .first()
      .waitFor();
  });

  test('is paused with a reason, says what it holds, and is resumed', async () => {
    await button('Pause…').click();
    const dialog = page.getByRole('dialog', { name: 'Pause Berth board?' });
    await dialog.getByLabel('Reason').fill('The crane is repaired');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await main().getByRole('button', { name: 'Paused' }).waitFor();
    await publish(dashboard.product, dashboard.tenant, ['case.deleted', 'case.deleted']);
    await status(/^Paused since \d\d:\d\d \(The crane is repaired\); 3 deliveries are held;/).waitFor({
      timeout: 60_000,
    });
    await button('Resume…').click();
    await asked().getByText('It holds 3 deliveries.').waitFor();
    await asked().getByRole('button', { name: 'Resume' }).click();
    await main().getByRole('button', { name: 'Healthy' }).waitFor({ timeout: 60_000 });
    await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBe(7);
  });

  test('is switched off, says what it missed since then, and recovers that', async () => {
    await main().getByRole('switch', { name: 'Berth board is active' }).click();
    await main().getByRole('button', { name: 'Off' }).waitFor();
    await expect.poll(() => main().getByRole('button', { name: 'Recover', exact: true }).count()).toBe(0);
    await publish(dashboard.product, dashboard.tenant, ['case.created', 'case.deleted', 'issue.created']);
    await status(/2 events missed since \d\d:\d\d\.$/).waitFor({ timeout: 60_000 });
    await main().getByRole('switch', { name: 'Berth board is active' }).click();
    await button('Recover').click();
    const dialog = page.getByRole('dialog', { name: 'Recover deliveries of Berth board' });
    await expect.poll(() => dialog.getByLabel('Since').inputValue()).toBe('stop');
    await dialog.getByText('missed', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Recover 2' }).click();
    await dialog.getByText('2 of 2 sent. Done.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await expect.poll(() => receiver.received.length).toBe(9);
    await expect
      .poll(
        () =>
          main()
            .getByText(/events missed/)
            .count(),
        { timeout: 60_000 },
      )
      .toBe(0);
  });

  test('is said to be disabled by what disabled it, and a test changes nothing about that', async () => {
    answer.code = 410;
    await publish(dashboard.product, dashboard.tenant, ['case.created']);
    await main().getByRole('button', { name: 'Disabled' }).waitFor();
    await status(/^Disabled since \d\d:\d\d: its receiver answered that it wants no more deliveries;/).waitFor();
    await main().getByText('The receiver answered 410: it wants no more deliveries.', { exact: true }).waitFor();
    const toggle = main().getByRole('switch', { name: 'Berth board is active' });
    expect(await toggle.getAttribute('aria-checked')).toBe('false');
    await page.getByRole('button', { name: 'More for Berth board' }).click();
    expect(await page.getByRole('menuitem').allTextContents()).not.toContain('Recover deliveries…');
    await page.keyboard.press('Escape');
    answer.code = 200;
    await main().getByRole('button', { name: 'Send test' }).click();
    const dialog = page.getByRole('dialog', { name: 'Test of Berth board' });
    await dialog.getByRole('button', { name: 'Send test' }).click();
    await dialog.getByText('Test delivered.').waitFor();
    await dialog.getByText('The webhook is still disabled: “Re-enable” puts it back to work.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    expect(await toggle.getAttribute('aria-checked')).toBe('false');
    // Its switch re-enables it, and asks first.
    await toggle.click();
    await asked().getByRole('button', { name: 'Re-enable' }).click();
    await main().getByRole('button', { name: 'Healthy' }).waitFor();
    await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('true');
    await main().getByText('It was enabled again.', { exact: true }).waitFor();
  });

  test('shows its deliveries, and opens one', async () => {
    await tab('Deliveries').click();
    await page.getByRole('table', { name: 'Deliveries' }).waitFor();
    const rows = page.getByRole('table', { name: 'Deliveries' }).getByRole('row');
    await expect.poll(() => rows.count()).toBeGreaterThan(8);
    await publish(dashboard.product, dashboard.tenant, ['case.deleted']);
    await expect.poll(() => rows.nth(1).textContent()).toContain('case.deleted');
    await rows.nth(1).getByRole('button', { name: 'case.deleted', exact: true }).click();
    await page.getByRole('dialog').getByRole('heading', { name: 'case.deleted' }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('rotates its secret, and shows the exact time before and after an extension', async () => {
    await tab('Secrets').click();
    await button('Rotate secret…').click();
    await asked().getByRole('button', { name: 'Rotate secret' }).click();
    const fresh = page.getByRole('dialog', { name: 'New secret of Berth board' });
    const secret = (await fresh.locator('code').textContent()) ?? '';
    await fresh.getByRole('button', { name: 'I have stored it' }).click();
    const until = async () => {
      const { webhook } = await dashboard.product.call<{ webhook: { retiringSecretUntil: string } }>(
        'query ($id: ID!) { webhook(id: $id) { retiringSecretUntil } }',
        { id },
      );
      return page.evaluate(
        (time) => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(time)),
        webhook.retiringSecretUntil,
      );
    };
    const before = await until();
    await main().getByText(`the old one retires on ${before}.`).waitFor();
    await button('Extend').click();
    await asked().getByText(`The old secret signs until ${before}.`).waitFor();
    await asked().getByRole('button', { name: 'Extend by 24 hours' }).click();
    await asked().waitFor({ state: 'detached' });
    const after = await until();
    expect(after).not.toBe(before);
    await main().getByText(`the old one retires on ${after}.`).waitFor();
    await expect.poll(() => button('Extend').count()).toBe(0);

    await button('Show secret…').click();
    await asked().getByText('The audit log records that you saw it.').waitFor();
    await asked().getByRole('button', { name: 'Show secret' }).click();
    await main().getByText(secret).waitFor();
    await button('Hide').click();
    await expect.poll(() => main().getByText(secret).count()).toBe(0);
    await button('Retire now').click();
    await asked().getByRole('button', { name: 'Retire now' }).click();
    await main().getByText('Two secrets sign').waitFor({ state: 'detached' });
  });

  test('shows what a request looks like, which its own secret proves, and how it is verified', async () => {
    await tab('Request').click();
    await page.getByLabel('Event', { exact: true }).selectOption('case.deleted');
    expect(page.url()).toContain('type=case.deleted');
    const sample = main().getByRole('region', { name: 'What a request looks like' });
    await sample.getByText('x-team', { exact: false }).first().waitFor();
    await expect
      .poll(() => sample.getByRole('table', { name: 'Headers' }).textContent())
      .toContain('webhook-signature');
    const headers = Object.fromEntries(
      await sample
        .getByRole('table', { name: 'Headers' })
        .getByRole('row')
        .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ''))),
    ) as Record<string, string>;
    await sample.getByRole('tab', { name: 'Raw' }).click();
    const body = (await sample.getByRole('region', { name: 'Body' }).locator('pre').textContent()) ?? '';
    const secret = (await sample.getByRole('note').locator('code').textContent()) ?? '';
    const event = await standard({ headers, body }, secret);
    expect(event.type).toBe('case.deleted');
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
    expect(headers['webhook-signature']).toBe(`v1,${signed.digest('base64')}`);
    const code = main().getByRole('region', { name: 'How its receiver verifies it' });
    for (const [language, text] of [
      ['Python', 'hmac.compare_digest'],
      ['Go', 'hmac.New'],
      ['Node', 'timingSafeEqual'],
    ] as const) {
      await code.getByRole('tab', { name: language }).click();
      await code.getByText(text).waitFor();
    }
  });

  test('is edited and deleted, each after it has said what that does', async () => {
    await tab('Settings').click();
    await main().getByText('1 h', { exact: true }).waitFor();
    await button('Edit…').click();
    const form = page.getByRole('dialog', { name: 'Edit Berth board' });
    await form.getByLabel('Name', { exact: true }).fill('Quay board');
    await form.getByText('Description, retries, timeout and headers').click();
    await form.getByLabel('Header traceparent').selectOption('Not sent');
    await form.getByRole('button', { name: 'Save changes' }).click();
    await page.getByRole('heading', { name: 'Quay board', level: 1 }).waitFor();
    await main().getByText('Not sent', { exact: true }).waitFor();
    const { webhook } = await dashboard.product.call<{ webhook: { sendTraceparent: boolean } }>(
      'query ($id: ID!) { webhook(id: $id) { sendTraceparent } }',
      { id },
    );
    expect(webhook.sendTraceparent).toBe(false);
    const types = main().getByRole('region', { name: 'Events', exact: true });
    await types.getByRole('checkbox', { name: /^case\.deleted/ }).click();
    await types.getByText('Saved', { exact: true }).waitFor();
    // Another tab sees it at once.
    const other = await dashboard.open(`webhooks/${id}?tab=settings`);
    await other.getByRole('heading', { name: 'Quay board', level: 1 }).waitFor();
    await button('Delete…').click();
    await asked().getByText('its secret is gone').waitFor();
    await asked().getByRole('button', { name: 'Delete webhook' }).click();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await other.getByText('There is no such webhook').first().waitFor({ timeout: 12_000 });
    await other.close();
    dashboard.browsing.complaints.length = 0;
  });

  test('says that there is none where it is gone, and is read again where the server was away', async () => {
    await page.goto(`${dashboard.product.url}/o/${dashboard.tenant.organizationId}/webhooks`);
    const gone = await dashboard.open(`webhooks/${id}`);
    await gone.getByText('There is no such webhook').first().waitFor();
    await gone.getByRole('link', { name: 'Show all webhooks' }).click();
    await gone.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await gone.close();
    id = await createWebhook(dashboard.product, dashboard.tenant, { name: 'لوحة الرصيف', url: receiver.url });
    const away = await dashboard.open('webhooks');
    await intercept(away, '**/graphql', (route) =>
      route.request().postData()?.includes('query Webhook(') ? route.abort() : route.fallback(),
    );
    await away.getByRole('link', { name: 'لوحة الرصيف' }).click();
    await away.getByText('This could not be loaded').waitFor({ timeout: 60_000 });
    await away.unroute('**/graphql');
    await away.getByRole('button', { name: 'Try again' }).click();
    await away.getByRole('heading', { name: 'لوحة الرصيف', level: 1 }).waitFor();
    await away.close();
    dashboard.browsing.complaints.length = 0;
  });

  test('shows a customer with a portal link the same, with what they may do', async () => {
    const { createPortalLink } = await dashboard.product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      {
        input: { projectId: dashboard.tenant.projectId, name: 'Customer', permissions: ['WEBHOOK_READ'] },
      },
    );
    const portal = await dashboard.browsing.context.newPage();
    await portal.goto(`${dashboard.product.url}${createPortalLink.path}`);
    await portal.getByRole('link', { name: 'لوحة الرصيف' }).click();
    await portal.getByRole('heading', { name: 'لوحة الرصيف', level: 1 }).waitFor();
    expect(new URL(portal.url()).pathname).toMatch(/^\/portal\/o\//);
    expect(await portal.getByRole('switch').isDisabled()).toBe(true);
    for (const name of ['Send test', 'Pause…', 'Recover']) {
      expect(await portal.getByRole('button', { name }).count(), name).toBe(0);
    }
    await portal
      .getByRole('navigation', { name: 'Parts of this page' })
      .getByRole('link', { name: 'Settings' })
      .click();
    await expect.poll(() => portal.getByRole('button', { name: 'Edit…' }).count()).toBe(0);
    await expect.poll(() => portal.getByText('Harbour Robotics').count()).toBe(0);
    await portal.close();
    const key = await createKey(dashboard.product, {
      organizationId: dashboard.tenant.organizationId,
      permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'],
    });
    const manager = await dashboard.open(`webhooks/${id}?tab=secrets`, key);
    await manager.getByRole('button', { name: 'Rotate secret…' }).waitFor();
    expect(await manager.getByRole('button', { name: 'Show secret…' }).count()).toBe(0);
    await call('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }');
    await manager.close();
  });
});

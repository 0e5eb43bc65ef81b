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
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

describe('the webhooks in the dashboard', () => {
  let product: Product;
  let browsing: Browsing;
  let tenant: DashboardTenant;
  let accepting: Receiver;
  let refusing: Receiver;
  let page: Page;
  let berthId: string;

  beforeAll(async () => {
    product = await sharedProduct();
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    accepting = await receiverAnswering({ code: 200 });
    refusing = await receiverAnswering({ code: 503 });
    berthId = await createWebhook(product, tenant, {
      name: 'Berth board',
      url: accepting.url,
      eventTypes: ['case.created'],
    });
    await createWebhook(product, tenant, { name: 'Ticket sync', url: refusing.url, retrySchedule: ['PT1H'] });
    await publish(product, tenant, ['case.created']);
    await Promise.all([accepting.count(1), refusing.count(1)]);
    browsing = await openChromium();
    page = await signedIn(
      browsing.context,
      product.url,
      tenant.key,
      `/o/${tenant.organizationId}/webhooks?project=${tenant.projectId}`,
    );
  });
  afterAll(async () => {
    await browsing?.close();
    await accepting?.close();
    await refusing?.close();
    await product?.close();
  });

  const card = (name: string) => page.getByRole('region', { name, exact: true });
  const asked = () => page.getByRole('alertdialog');
  const stored = async () => {
    const { webhook } = await product.call<{ webhook: { eventTypes: string[] } | null }>(
      'query ($id: ID!) { webhook(id: $id) { eventTypes } }',
      { id: berthId },
    );
    return webhook?.eventTypes.toSorted();
  };

  test('are known for Slack’s by the host, letter by letter as the URL is typed', async () => {
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    const profile = () => form.getByLabel('Profile').inputValue();
    await form.getByLabel('URL').focus();
    for (const letter of 'https://hooks.slack.co') await page.keyboard.press(letter);
    await expect.poll(() => profile()).toBe('TESTPLANIT');
    await page.keyboard.press('m');
    await expect.poll(() => profile()).toBe('SLACK');
    await expect.poll(() => form.getByLabel('Profile').isDisabled()).toBe(true);
    await form.getByText('A Slack webhook: events arrive as messages.').waitFor();
    await page.keyboard.press('.');
    await page.keyboard.press('x');
    await expect.poll(() => profile()).toBe('TESTPLANIT');
    await expect.poll(() => form.getByText('A Slack webhook').count()).toBe(0);
  });

  test('take their events by category, by search and all at once', async () => {
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByText('None selected: it gets all events, later ones included.').waitFor();
    await form.getByRole('checkbox', { name: 'Select all of Issues' }).click();
    await form.getByText(/^7 of \d+ events$/).waitFor();
    await form.getByRole('checkbox', { name: /^issue\.deleted/ }).click();
    await form.getByText(/^6 of \d+ events$/).waitFor();
    await expect
      .poll(() => form.getByRole('checkbox', { name: 'Select all of Issues' }).getAttribute('aria-checked'))
      .toBe('mixed');
    await form.getByRole('button', { name: 'Clear' }).click();
    await form.getByLabel('Search events').fill('exploratory');
    await expect.poll(() => form.getByRole('checkbox', { name: /^issue\./ }).count()).toBe(0);
    await form.getByRole('checkbox', { name: /^Select all of/ }).click();
    await form.getByText(/^7 of \d+ events$/).waitFor();
    await form.getByLabel('Search events').fill('no such event');
    await form.getByText('No type fits this search.').waitFor();
    await form.getByLabel('Search events').fill('');
    const sections = await form.getByRole('checkbox', { name: /^Select all of/ }).all();
    expect(sections).toHaveLength(4);
    for (const section of sections) if ((await section.getAttribute('aria-checked')) !== 'true') await section.click();
    await expect.poll(() => form.getByRole('checkbox', { name: /^everhook\./ }).count()).toBe(3);
    for (const own of await form.getByRole('checkbox', { name: /^everhook\./ }).all()) {
      expect(await own.getAttribute('aria-checked')).toBe('false');
    }
    const [, selected, of] =
      /(\d+) of (\d+)/.exec((await form.getByText(/^\d+ of \d+ events$/).textContent()) ?? '') ?? [];
    expect(selected).toBe(of);
  });

  test('name the delay, the time and the header that will not do', async () => {
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: true }).fill('Quay board');
    await form.getByLabel('URL').fill(accepting.url);
    await form.getByText('Description, retries, timeout and headers').click();
    await form.getByLabel('Retry after').fill('30 s, in a while, 2 h');
    await form.getByLabel('Timeout').fill('soon');
    const create = form.getByRole('button', { name: 'Create webhook' });
    await create.click();
    await form.getByText('“in a while” is no delay. Write delays such as: 30 s, 5 min, 2 h.').waitFor();
    await form.getByText('“soon” is no time. Write one such as 15 s.').waitFor();
    await form.getByLabel('Retry after').fill('30 s, 5 min, 2 h');
    await form.getByLabel('Timeout').fill('90 s');
    await create.click();
    await form.getByRole('alert').getByText(/60/).waitFor();
    await form.getByLabel('Timeout').fill('15 s');
    await form.getByRole('button', { name: 'Add header' }).click();
    for (const [name, problem] of [
      ['X Team', /“X Team” is no header name/],
      ['Host', /The header Host belongs to HTTP/],
      [
        'X-Testplanit-Signature',
        /The header X-Testplanit-Signature belongs to the webhook’s profile|belongs to the webhook's profile/,
      ],
    ] as const) {
      await form.getByLabel('Name of header 1').fill(name);
      await form.getByLabel('Value of header 1').fill('cranes');
      await create.click();
      await form.getByRole('alert').getByText(problem).waitFor();
    }
    await form.getByRole('button', { name: 'Remove header 1' }).click();
    await create.click();
  });

  test('reveal a secret once, and do not let the tab close over it', async () => {
    const reveal = page.getByRole('dialog', { name: 'Quay board is ready' });
    await reveal.getByText('This is shown once.').waitFor();
    const secret = (await reveal.locator('code').textContent()) ?? '';
    const kinds: string[] = [];
    page.on('dialog', (dialog) => {
      kinds.push(dialog.type());
      void dialog.dismiss();
    });
    await reveal.getByRole('heading', { name: 'Signing secret' }).click();
    const warned = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    await warned;
    expect(kinds).toEqual(['beforeunload']);
    await expect.poll(() => reveal.locator('code').textContent()).toBe(secret);
    await page.keyboard.press('Escape');
    await asked().getByText('It will not be shown again.').waitFor();
    await asked().getByRole('button', { name: 'Leave' }).click();
    await reveal.waitFor({ state: 'detached' });
    await expect.poll(() => page.getByText(secret).count()).toBe(0);
    // Nothing is left to warn of.
    const going = page.waitForEvent('close');
    await page.close({ runBeforeUnload: true });
    await going;
    expect(kinds).toEqual(['beforeunload']);
    page = await signedIn(
      browsing.context,
      product.url,
      tenant.key,
      `/o/${tenant.organizationId}/webhooks?project=${tenant.projectId}`,
    );
  });

  test('save each tick at once, and the last of many quick ones stays', async () => {
    const berth = card('Berth board');
    await berth.getByRole('button', { name: '1 event' }).click();
    const tick = (name: string) => berth.getByRole('checkbox', { name: new RegExp(`^${name.replace('.', '\\.')}`) });
    await tick('case.deleted').click();
    await berth.getByText('Saved').waitFor();
    expect(await stored()).toEqual(['case.created', 'case.deleted']);
    // The server takes its time, and the next click does not wait for it.
    await intercept(page, '**/graphql', async (route) => {
      await new Promise((later) => setTimeout(later, 300));
      await route.continue();
    });
    const quick = ['case.updated', 'issue.created', 'issue.deleted', 'session.created'];
    for (const name of quick) await tick(name).click();
    await berth.getByText('Saving…').waitFor();
    for (const name of quick) expect(await tick(name).isChecked(), name).toBe(true);
    // Between two answers.
    await page.waitForResponse('**/graphql');
    await tick('session.deleted').click();
    await berth.getByText('Saved').waitFor();
    // The mark is beside what was ticked, not elsewhere.
    await berth.getByRole('listitem').filter({ hasText: 'session.deleted' }).getByTitle('Saved').waitFor();
    expect(await berth.getByTitle('Saved').count()).toBe(1);
    await page.unrouteAll({ behavior: 'wait' });
    await expect.poll(stored).toEqual(['case.created', 'case.deleted', ...quick, 'session.deleted'].sort());
    for (const name of [...quick, 'session.deleted']) expect(await tick(name).isChecked(), name).toBe(true);
    await berth.getByRole('button', { name: '7 events' }).click();
  });

  test('ask before the last tick is gone, which would send every event', async () => {
    const berth = card('Berth board');
    const before = await stored();
    await berth.getByRole('button', { name: '7 events' }).click();
    await berth.getByRole('button', { name: 'Clear' }).click();
    await asked().getByText('later ones included').waitFor();
    await asked().getByRole('button', { name: 'Cancel' }).click();
    await asked().waitFor({ state: 'detached' });
    expect(await stored()).toEqual(before);
    await berth.getByText(/^7 of \d+ events$/).waitFor();
    await berth.getByRole('button', { name: 'Clear' }).click();
    await asked().getByRole('button', { name: 'Send all events' }).click();
    await berth.getByRole('button', { name: 'All events' }).waitFor();
    await expect.poll(stored).toEqual([]);
    await berth.getByRole('button', { name: 'All events' }).click();
  });

  test('say that their events could not be read, and read them again by one click', async () => {
    const tab = await browsing.context.newPage();
    await intercept(tab, '**/graphql', (route) =>
      route.request().postData()?.includes('eventTypes(') ? route.abort() : route.continue(),
    );
    await tab.goto(`${product.url}/o/${tenant.organizationId}/webhooks?project=${tenant.projectId}`);
    await tab.getByRole('button', { name: 'New webhook' }).click();
    const form = tab.getByRole('dialog', { name: 'New webhook' });
    await form.getByText('This could not be loaded').waitFor({ timeout: 60_000 });
    await tab.unroute('**/graphql');
    await form.getByRole('button', { name: 'Try again' }).click();
    await form.getByRole('checkbox', { name: 'Issues' }).waitFor();
    await tab.close();
    browsing.complaints.length = 0;
  });

  test('take a secret of one’s own where the profile does, in the form that it has there', async () => {
    await page.getByRole('button', { name: 'New webhook' }).click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: true }).fill('Standard board');
    await form.getByLabel('URL').fill(accepting.url);
    await form.getByText('Description, retries, timeout and headers').click();
    await expect.poll(() => form.getByLabel('Own secret').count()).toBe(0);
    await form.getByLabel('Profile').selectOption('TASKS');
    await form.getByText('16 to 256 characters. Empty: one is made.').waitFor();
    await form.getByLabel('Profile').selectOption('STANDARD');
    await form.getByText('whsec_ and the base64 of 24 to 64 bytes. Empty: one is made.').waitFor();
    await form.getByLabel('Own secret').fill('quay');
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await form.getByRole('alert').getByText('A secret of this profile is whsec_').waitFor();
    const secret = `whsec_${Buffer.from('the same in every port of the harbour').toString('base64')}`;
    await form.getByLabel('Own secret').fill(secret);
    await form.getByRole('button', { name: 'Create webhook' }).click();
    const reveal = page.getByRole('dialog', { name: 'Standard board is ready' });
    await expect.poll(() => reveal.locator('code').textContent()).toBe(secret);
    await reveal.getByRole('button', { name: 'I have stored it' }).click();
  });

  test('tell by hover and by focus what made their health', async () => {
    const told = () => page.getByRole('tooltip');
    const success = told().getByText(/^Latest success .*\.$/);
    // The page may still be moving under the pointer: then one points again.
    await expect
      .poll(async () => {
        await page.mouse.move(0, 0);
        await card('Berth board').getByRole('button', { name: 'Healthy' }).hover();
        return success.waitFor({ timeout: 2_000 }).then(
          () => true,
          () => false,
        );
      })
      .toBe(true);
    await page.mouse.move(0, 0, { steps: 4 });
    await told().waitFor({ state: 'detached' });
    await card('Ticket sync').getByRole('button', { name: 'Healthy' }).focus();
    await told()
      .getByText(/^Latest failure .*, 1 failed\.$/)
      .waitFor();
    await page.keyboard.press('Escape');
    await told().waitFor({ state: 'detached' });
  });

  test('draw their success over a day', async () => {
    await card('Berth board').getByRole('img', { name: '100% succeeded in 24 h' }).waitFor();
    await card('Ticket sync').getByRole('img', { name: '1 under way, none has ended in 24 h' }).waitFor();
    await card('Quay board').getByRole('img', { name: 'No deliveries in 24 h' }).waitFor();
    const heights = await card('Berth board')
      .getByRole('img')
      .locator('path')
      .evaluateAll((paths) =>
        paths.map((path) =>
          [...(path.getAttribute('d') ?? '').matchAll(/v-([\d.]+)/g)].map(([, height]) => Math.round(Number(height))),
        ),
      );
    // Hours without deliveries, what arrived, and what failed.
    expect(heights).toEqual([Array(23).fill(2), [28], []]);
  });

  test('say before each act what it does, and do nothing where one thinks better of it', async () => {
    const berth = card('Berth board');
    const menu = async (entry: string) => {
      await page.getByRole('button', { name: 'More for Berth board' }).click();
      await page.getByRole('menuitem', { name: entry }).click();
    };
    const refuse = async (says: RegExp) => {
      await asked().getByText(says).waitFor();
      // What does least is under the finger.
      expect(
        await asked()
          .getByRole('button', { name: 'Cancel' })
          .evaluate((it) => it === document.activeElement),
      ).toBe(true);
      await page.keyboard.press('Escape');
      await asked().waitFor({ state: 'detached' });
    };
    await menu('Rotate secret…');
    await refuse(/A new secret signs at once\. The old one signs beside it for 24 hours/);
    await expect.poll(() => berth.getByText('Two secrets sign').count()).toBe(0);
    await menu('Delete…');
    await refuse(/deliveries that are waiting are cancelled, and its secret is gone\. Its log stays\./);
    await menu('Rotate secret…');
    await asked().getByRole('button', { name: 'Rotate secret' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await berth.getByText('Two secrets sign').waitFor();
    await berth.getByRole('button', { name: 'Retire now' }).click();
    await refuse(/A receiver that still verifies with the old one will refuse deliveries\./);
    await berth.getByRole('button', { name: 'Extend' }).click();
    await refuse(/for 24 hours more\. This can be done once\./);
    await berth.getByText('Two secrets sign').waitFor();
    expect(browsing.complaints).toEqual([]);
  });
});

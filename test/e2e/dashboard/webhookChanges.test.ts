import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, publish, receiverAnswering, startDashboard } from '../../support/dashboard.ts';
import { holdAnswers } from '../../support/heldAnswers.ts';
import { intercept } from '../../support/intercept.ts';
import type { Receiver } from '../../support/receiver.ts';

const isList = (body: string) => body.includes('query Webhooks(');

describe('a webhook that is changed in the dashboard', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let page: Page;
  let id: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await receiverAnswering({ code: 200 });
    id = await createWebhook(dashboard.product, dashboard.tenant, {
      name: 'Berth board',
      url: receiver.url,
      eventTypes: ['case.created'],
    });
    page = await dashboard.open(`deliveries?project=${dashboard.tenant.projectId}`);
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Webhooks' }).click();
    await card().waitFor();
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const card = () => page.getByRole('region', { name: 'Berth board', exact: true });
  const active = () => card().getByRole('switch', { name: 'Berth board is active' });
  const tick = (name: string) => card().getByRole('checkbox', { name: new RegExp(`^${name.replace('.', '\\.')}`) });
  const stored = async () => {
    const { webhook } = await dashboard.product.call<{ webhook: { eventTypes: string[] } | null }>(
      'query ($id: ID!) { webhook(id: $id) { eventTypes } }',
      { id },
    );
    return webhook?.eventTypes.toSorted();
  };

  test('is shown as it was again where switching it off is refused', async () => {
    let refuse = () => {};
    const refused = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    await intercept(page, '**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation SetWebhookActive')) return route.fallback();
      await refused;
      const errors = [{ message: 'The harbour master says no.', extensions: { code: 'FORBIDDEN' } }];
      await route.fulfill({ json: { data: null, errors } });
    });
    await active().click();
    await expect.poll(() => active().getAttribute('aria-checked')).toBe('false');
    refuse();
    await page.getByText('The harbour master says no.').waitFor();
    await expect.poll(() => active().getAttribute('aria-checked')).toBe('true');
    expect(await card().getByText('Off', { exact: true }).count()).toBe(0);
    await page.unroute('**/graphql');
  });

  test('shows what somebody else has changed once one comes back to it', async () => {
    await dashboard.product.call(
      'mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }',
      { input: { id, description: 'Shows what lies at the quay.' } },
    );
    // What was read within the last seconds is not read again.
    const shown = async () => {
      await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
      return card().getByText('Shows what lies at the quay.').count();
    };
    await expect.poll(shown, { timeout: 10_000 }).toBe(1);
  });

  test('shows what somebody else has changed within 15 seconds, in the list and on its page, though nobody comes back', async () => {
    const { product, tenant, browsing } = dashboard;
    const crane = await createWebhook(product, tenant, { name: 'Crane board', url: receiver.url });
    const names = ['Crane board', 'Crane board, north', 'Crane board, south'];
    for (const [at, path] of ['webhooks', `webhooks/${crane}`].entries()) {
      const watching = await browsing.context.newPage();
      await watching.clock.install();
      await watching.goto(`${product.url}/o/${tenant.organizationId}/${path}?project=${tenant.projectId}`);
      const named = (name = '') => watching.getByRole('heading', { name, exact: true }).waitFor();
      await named(names[at]);
      await product.call('mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { webhook { id } } }', {
        input: { id: crane, name: names[at + 1] },
      });
      await watching.clock.fastForward('00:15');
      await named(names[at + 1]);
      await watching.close();
    }
  });

  test('keeps each tick, also where a list that was read before it comes after it', async () => {
    await card().getByRole('button', { name: '1 event' }).click();
    await tick('case.deleted').waitFor();
    const { answered, release } = await holdAnswers(page, isList);
    await publish(dashboard.product, dashboard.tenant, ['case.created']);
    await answered;
    await tick('case.deleted').click();
    await card().getByText('Saved').waitFor();
    release();
    await tick('case.updated').click();
    await expect.poll(stored).toEqual(['case.created', 'case.deleted', 'case.updated']);
    await expect.poll(() => tick('case.deleted').isChecked()).toBe(true);
    await page.unroute('**/graphql');
  });

  test('shows its new secret before anything else is read, and until that was stored', async () => {
    const { answered, release } = await holdAnswers(page, isList);
    await page.getByRole('button', { name: 'More for Berth board' }).click();
    await page.getByRole('menuitem', { name: 'Rotate secret…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Rotate secret' }).click();
    const panel = page.getByRole('dialog', { name: 'New secret of Berth board' });
    await panel.waitFor();
    const secret = (await panel.locator('code').textContent()) ?? '';
    await answered;
    release();

    // Its card leaves the list.
    await page.evaluate(() => history.pushState(null, '', `${location.pathname}${location.search}&state=disabled`));
    await page.getByText('No webhook fits').waitFor({ state: 'attached' });
    expect(await panel.locator('code').textContent()).toBe(secret);
    await page.evaluate(() => history.pushState(null, '', location.href.replace('&state=disabled', '')));

    await page.evaluate(() => history.go(-3));
    const asked = page.getByRole('alertdialog', { name: 'Leave without storing it?' });
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await asked.waitFor({ state: 'detached' });
    expect(page.url()).toContain('/webhooks');
    expect(await panel.locator('code').textContent()).toBe(secret);
    await panel.getByRole('button', { name: 'I have stored it' }).click();
    await panel.waitFor({ state: 'detached' });
    // Nothing is held any more.
    await page.goBack();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor({ state: 'detached' });
    expect(dashboard.browsing.complaints).toEqual([]);
  });
});

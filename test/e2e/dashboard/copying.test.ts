import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import { type DashboardTenant, dashboardTenant, receiverAnswering, signedIn } from '../../support/dashboard.ts';
import type { Product } from '../../support/installation.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

describe('what is copied in a browser that granted nothing', () => {
  let product: Product;
  let browsing: Browsing;
  let tenant: DashboardTenant;

  beforeAll(async () => {
    [product, browsing] = await Promise.all([sharedProduct(), openChromium({ clipboard: false })]);
    tenant = await dashboardTenant(product, 'Harbour Robotics');
  });
  afterAll(async () => {
    await Promise.all([browsing?.close(), product?.close()]);
  });

  /** A portal link that may manage webhooks. */
  async function managingLink(): Promise<string> {
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
    );
    return createPortalLink.path;
  }

  /** The dashboard in a frame of another site, with a link that may manage webhooks. */
  async function framed(attributes: string): Promise<{ page: Page; frame: FrameLocator; close(): Promise<void> }> {
    const path = await managingLink();
    const embedding = await receiverAnswering({
      code: 200,
      body: `<!doctype html><title>Product</title><iframe title="Webhooks" width="1100" height="700" ${attributes} src="${product.url}${path}"></iframe>`,
    });
    const page = await browsing.context.newPage();
    // Another host than the dashboard's, though it is the same machine.
    await page.goto(embedding.url.replace('127.0.0.1', 'localhost'));
    const close = async () => {
      await page.close();
      await embedding.close();
    };
    return { page, frame: page.frameLocator('iframe'), close };
  }

  /** Makes a webhook in the frame. @returns the secret that is shown */
  async function webhookIn(frame: FrameLocator | Page, name: string): Promise<string> {
    await frame.getByRole('button', { name: 'New webhook' }).first().click();
    const form = frame.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('URL').fill('http://127.0.0.1:9/');
    await form.getByRole('button', { name: 'Create webhook' }).click();
    const reveal = frame.getByRole('dialog', { name: `${name} is ready` });
    return (await reveal.locator('code').textContent()) ?? '';
  }

  test('goes by the button on the dashboard’s own page', async () => {
    const { organizationId, key } = tenant;
    const page = await signedIn(browsing.context, product.url, key, `/o/${organizationId}/settings?tab=egress`);
    await page.getByRole('button', { name: 'Copy all' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await page.close();
  });

  test('goes by the button in a frame that allows it', async () => {
    const { frame, close } = await framed('allow="clipboard-write"');
    await webhookIn(frame, 'Allowed board');
    await frame.getByRole('button', { name: 'Copy signing secret' }).click();
    await frame.getByRole('button', { name: 'Copied' }).waitFor();
    await close();
  });

  test('is selected, to be copied by hand, in a frame that does not; the secret is shown once', async () => {
    const { page, frame, close } = await framed('');
    const secret = await webhookIn(frame, 'Framed board');
    expect(secret).not.toBe('');
    await frame.getByRole('button', { name: 'Copy signing secret' }).click();
    const byHand = frame.getByRole('dialog', { name: 'Copy it by hand' });
    await byHand.getByText('allow="clipboard-write"').waitFor();
    const selection = () =>
      byHand.getByRole('textbox').evaluate((field: HTMLTextAreaElement) => {
        const focused = field.ownerDocument.activeElement === field;
        return focused ? field.value.slice(field.selectionStart, field.selectionEnd) : '';
      });
    await expect.poll(selection).toBe(secret);
    await page.keyboard.press('Escape');
    await byHand.waitFor({ state: 'detached' });
    await frame.getByRole('button', { name: 'I have stored it' }).click();
    await frame.getByRole('region', { name: 'Framed board' }).waitFor();
    await expect.poll(() => frame.getByText(secret).count()).toBe(0);
    await close();
  });

  test('is selected, too, where the page came by plain http', async () => {
    const plain = product.url.replace('127.0.0.1', 'everhook.test');
    const page = await browsing.context.newPage();
    await page.goto(`${plain}${await managingLink()}`);
    const secret = await webhookIn(page, 'Plain board');
    await page.getByRole('button', { name: 'Copy signing secret' }).click();
    const byHand = page.getByRole('dialog', { name: 'Copy it by hand' });
    await byHand.getByText('https').waitFor();
    await expect.poll(() => byHand.getByRole('textbox').inputValue()).toBe(secret);
    await page.close();
  });
});

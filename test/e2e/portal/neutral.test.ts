import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  accessibilityProblems,
  type DashboardTenant,
  dashboardTenant,
  receiverAnswering,
} from '../../support/dashboard.ts';
import { png } from '../../support/images.ts';
import type { Product } from '../../support/installation.ts';
import { intercept } from '../../support/intercept.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

const theme = {
  light: { accent: '#7a1fa2', background: '#fffaf0', surface: '#ffffff', text: '#2b1a00' },
  title: 'Ladenfenster',
  favicon: png(16, 16, [122, 31, 162]).toString('base64'),
};
const themed = 'rgb(255, 250, 240)';
const white = 'rgb(255, 255, 255)';
const black = 'rgb(0, 0, 0)';

describe('a portal whose looks are not known, or never are', () => {
  let product: Product;
  let browsing: Browsing;
  let blocking: Browsing;
  let tenant: DashboardTenant;

  beforeAll(async () => {
    [product, browsing, blocking] = await Promise.all([
      sharedProduct(),
      openChromium(),
      openChromium({ blocksThirdPartyCookies: true }),
    ]);
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    await product.call(
      'mutation ($input: UpdatePortalThemeInput!) { updatePortalTheme(input: $input) { __typename } }',
      {
        input: { projectId: tenant.projectId, ...theme },
      },
    );
  });
  afterAll(async () => {
    await Promise.all([browsing?.close(), blocking?.close(), product?.close()]);
  });

  const link = async () => {
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string; portalLink: { id: string } } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path portalLink { id } } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
    );
    return { path: createPortalLink.path, id: createPortalLink.portalLink.id };
  };
  const revoke = (id: string) =>
    product.call('mutation ($id: ID!) { revokePortalLink(input: { id: $id }) { __typename } }', { id });
  /** What somebody sees of whose it is. */
  const seen = (page: Page | Frame) =>
    page.evaluate(() => {
      const root = document.documentElement;
      const button = document.querySelector('main button');
      const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '';
      return {
        background: getComputedStyle(root).backgroundColor,
        text: getComputedStyle(root).color,
        button: button && getComputedStyle(button).backgroundColor,
        icon: new URL(icon).pathname.replace(/images\/.*/, 'images/…'),
        words: `${document.title} ${document.getElementById('root')?.textContent}`.replaceAll(/\s+/g, ' ').trim(),
      };
    });
  /** Each background and title that is ever shown, as often as the browser draws. */
  const watched = (page: Page) =>
    page.addInitScript(() => {
      const all = new Set<string>();
      const look = () => {
        if (document.body) {
          const { backgroundColor } = getComputedStyle(document.documentElement);
          all.add(`${backgroundColor} ${document.title.replace(/^.* · /, '')}`.trim());
        }
        requestAnimationFrame(look);
      };
      look();
      Object.assign(globalThis, { everShown: all });
    });
  const everShown = (page: Page) =>
    page.evaluate(() => [...(globalThis as unknown as { everShown: Set<string> }).everShown]);

  test('shows nobody’s colours, name and icon until its theme has come, and then that alone; a reload is in it from the first', async () => {
    const page = await browsing.context.newPage();
    await watched(page);
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await intercept(page, '**/graphql*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(product.url + (await link()).path);
    await page.getByRole('status', { name: 'Opening…' }).or(page.getByText('Opening…')).waitFor({ state: 'attached' });
    expect(await seen(page)).toEqual({
      background: white,
      text: black,
      button: null,
      icon: '/portal.svg',
      words: 'Opening…',
    });
    go();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    expect(await seen(page)).toMatchObject({ background: themed, icon: '/portal/images/…' });
    const drawn = await everShown(page);
    expect(drawn.filter((each) => ![white, themed, `${themed} Ladenfenster`].includes(each))).toEqual([]);
    await page.unroute('**/graphql*');
    await page.reload();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    const again = await everShown(page);
    expect(again.filter((each) => ![white, themed, `${themed} Ladenfenster`].includes(each))).toEqual([]);
    await page.close();
  });

  test('is neutral where a link is incomplete, not good, or cannot be looked up; accessible, light and dark', async () => {
    const ended = await link();
    await revoke(ended.id);
    for (const [path, title] of [
      ['/portal', 'This link is incomplete'],
      ['/portal#token=nobody', 'This link is no longer good'],
      [ended.path, 'This link is no longer good'],
      ['/portal/o/x/webhooks#token=nobody', 'This link is no longer good'],
      [(await link()).path, 'This page could not be opened'],
    ] as const) {
      const page = await browsing.context.newPage();
      if (title === 'This page could not be opened') await intercept(page, '**/graphql*', (route) => route.abort());
      await page.goto(product.url + path);
      await page.getByRole('heading', { name: title }).first().waitFor();
      const shown = await seen(page);
      expect(shown).toMatchObject({ background: white, text: black, icon: '/portal.svg' });
      expect([null, black]).toContain(shown.button);
      expect(shown.words).not.toMatch(/everhook|harbour/i);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await accessibilityProblems(page)).toEqual([]);
      expect((await seen(page)).background).not.toBe(white);
      // A reload has the reason still, though the address no longer has the token.
      await page.reload();
      if (title !== 'This page could not be opened') await page.getByRole('heading', { name: title }).first().waitFor();
      await page.close();
    }
  });

  test.for(['while nobody looks', 'before their eyes'] as const)(
    'wears its theme where its link ends later, %s, in an open page and after a reload',
    async (seenBy) => {
      const { path, id } = await link();
      const page = await browsing.context.newPage();
      const isEnded = () => page.getByRole('heading', { name: 'This link is no longer good' }).first().waitFor();
      // The page learns at once that its link has ended, unless nobody tells it.
      if (seenBy === 'while nobody looks') await page.routeWebSocket('**/graphql', () => {});
      await page.goto(product.url + path);
      await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      await revoke(id);
      if (seenBy === 'before their eyes') await isEnded();
      for (let reloads = 0; reloads < 2; reloads++) {
        await page.reload();
        await isEnded();
        expect(await seen(page)).toMatchObject({ background: themed, icon: '/portal/images/…' });
      }
      expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain(path.split('#token=')[1]);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.close();
    },
  );

  test('says in a frame without our script that its page must be reloaded, where the browser keeps nothing for it', async () => {
    const { path } = await link();
    const site = product.url.replace('127.0.0.1', 'everhook.test');
    const body = `<!doctype html><title>Shop</title><iframe title="hooks" width="900" height="600" src="${site}${path}"></iframe>`;
    const shop = await receiverAnswering({ code: 200, body });
    const page = await blocking.context.newPage();
    await page.goto(shop.url.replace('127.0.0.1', 'shop.test'));
    const framed = page.frameLocator('iframe');
    await framed.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.frames()[1]?.evaluate(() => location.reload());
    await framed.getByText('Reload the page that it is a part of.').waitFor();
    expect(await seen(page.frames()[1] as Frame)).toMatchObject({ background: white });
    // Its page's reload shows it again.
    await page.reload();
    await framed.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.close();
    await shop.close();
  });

  test('names nothing of ours on any of its pages', async () => {
    const { path } = await link();
    await product.call('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
      input: { projectId: tenant.projectId, name: 'Pier', url: 'http://127.0.0.1:9/' },
    });
    const page = await browsing.context.newPage();
    await page.goto(product.url + path);
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    const text = async () =>
      ((await page.locator('body').textContent()) ?? '').replaceAll(/everhook\.[a-z_.]+/g, 'a type’s name');
    await page.getByRole('link', { name: 'Pier' }).first().click();
    for (const tab of await page.getByRole('main').getByRole('tab').all()) {
      await tab.click();
      await page.getByRole('main').locator('[aria-busy="true"]').waitFor({ state: 'detached' });
      expect(await text()).not.toMatch(/everhook/i);
    }
    await page.getByRole('complementary').getByRole('link', { name: 'Catalogue' }).click();
    await page.getByText('About the webhooks themselves').waitFor();
    expect(await text()).not.toMatch(/everhook/i);
    await page.getByRole('complementary').getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    await page.getByRole('dialog').getByText('About the webhooks themselves').waitFor();
    expect(await text()).not.toMatch(/everhook/i);
    await page.close();
  });
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  accessibilityProblems,
  createWebhook,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
} from '../../support/dashboard.ts';
import { png } from '../../support/images.ts';
import type { Product } from '../../support/installation.ts';
import { intercept } from '../../support/intercept.ts';
import { buildReactApplications, type ReactApplication } from '../../support/reactApplication.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

const execute = promisify(execFile);
const versions = ['18.3.1', '19.3.1'] as const;
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Somebody's own server: serves their application, and gets portal links for it. */
class Shop {
  readonly #server: Server;
  readonly asked: string[] = [];
  /** The ids of the links that were given. */
  readonly links: string[] = [];
  failures = 0;
  /** Whether it never answers who asks for a link. */
  silent = false;
  expiresIn = 'PT1H';
  projectId: string;
  /** The project of its other customer, by default the same. */
  otherProjectId: string | undefined;

  constructor(product: Product, installation: string, tenant: DashboardTenant, application: ReactApplication) {
    this.projectId = tenant.projectId;
    this.#server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://shop.test');
      if (url.pathname === '/installation') return void response.end(installation);
      if (url.pathname === '/link') {
        this.asked.push(url.searchParams.get('reason') ?? '');
        if (this.silent) return;
        if (this.failures > 0) {
          this.failures -= 1;
          response.statusCode = 503;
          return void response.end('The shop is busy.');
        }
        const { createPortalLink } = await product.call<{
          createPortalLink: { path: string; portalLink: { id: string } };
        }>('mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path portalLink { id } } }', {
          input: {
            projectId:
              url.searchParams.get('reason') === 'other' ? (this.otherProjectId ?? this.projectId) : this.projectId,
            permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'],
            expiresIn: this.expiresIn,
          },
        });
        this.links.push(createPortalLink.portalLink.id);
        return void response.end(installation + createPortalLink.path);
      }
      const file = url.pathname === '/' ? '/index.html' : url.pathname;
      const content = await readFile(join(application.folder, file)).catch(() => null);
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      response.statusCode = content ? 200 : 404;
      response.end(content);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://shop.test:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const theme = {
  light: { accent: '#7a1fa2', background: '#fffaf0', surface: '#ffffff', text: '#2b1a00' },
  dark: { accent: '#e0a3ff', background: '#120818', surface: '#1e1028', text: '#f6ecff' },
  radius: 2,
  fonts: ['Georgia', 'serif'],
  title: 'Ladenfenster',
  hidden: ['CATALOGUE'],
  back: { url: 'https://shop.example/account', label: 'Back to the shop' },
  logo: png(40, 40, [122, 31, 162]).toString('base64'),
  favicon: png(16, 16, [122, 31, 162]).toString('base64'),
};

let product: Product;
/** As most browsers are by now. */
let browsing: Browsing;
/** With storage for a frame of another site, partitioned by the site around it. */
let storing: Browsing;
let built: Awaited<ReturnType<typeof buildReactApplications>>;
beforeAll(async () => {
  [product, browsing, storing, built] = await Promise.all([
    sharedProduct(),
    openChromium({ blocksThirdPartyCookies: true }),
    openChromium({ blocksThirdPartyCookies: false }),
    buildReactApplications(join(import.meta.dirname, 'application'), versions),
  ]);
});
afterAll(async () => {
  await Promise.all([browsing?.close(), storing?.close(), product?.close(), built?.remove()]);
});

const look = (projectId: string, changes: object) =>
  product.call('mutation ($input: UpdatePortalThemeInput!) { updatePortalTheme(input: $input) { __typename } }', {
    input: { projectId, ...changes },
  });
const revoke = (id: string) =>
  product.call('mutation ($id: ID!) { revokePortalLink(input: { id: $id }) { __typename } }', { id });

describe.each(versions.map((version, at) => ({ version, at })))(
  'an application with React $version and @everhook/react from its package',
  ({ version, at }) => {
    let tenant: DashboardTenant;
    let shop: Shop;
    let site: string;
    /** The product on a site of its own. */
    let installation: string;

    beforeAll(async () => {
      tenant = await dashboardTenant(product, `Supplier of ${version}`);
      installation = product.url.replace('127.0.0.1', 'everhook.test');
      shop = new Shop(product, installation, tenant, built.applications[at] as ReactApplication);
      site = await shop.listen();
      await createWebhook(product, tenant, { name: 'Pier', url: 'http://127.0.0.1:9/' });
    });
    afterAll(() => shop?.close());

    /** A new tab of the shop with its portal. */
    async function open(
      by = browsing,
      prepare?: (page: Page) => Promise<unknown>,
    ): Promise<{ page: Page; frame: Frame }> {
      const page = await by.context.newPage();
      await prepare?.(page);
      await page.goto(site);
      expect(await page.evaluate(() => document.documentElement.dataset.react)).toBe(version);
      return { page, frame: await portal(page) };
    }
    async function portal(page: Page): Promise<Frame> {
      const element = await page.waitForSelector('iframe[title="Your webhooks"]', { state: 'attached' });
      const frame = await element.contentFrame();
      if (!frame) throw new Error('There is no frame.');
      await frame.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      return frame;
    }
    const half = (frame: Frame) => frame.getByRole('dialog', { name: 'New webhook' }).getByLabel('Name');
    async function type(frame: Frame): Promise<void> {
      await frame.getByRole('button', { name: 'New webhook' }).first().click();
      await half(frame).fill('Half a name');
    }

    test('shows the portal in a frame of another site, whose reload goes on; the page’s reload asks for a new link', async () => {
      const { page, frame } = await open(storing);
      expect(new URL(frame.url()).host).toBe(new URL(installation).host);
      expect(frame.url()).not.toContain('ehp_');
      shop.asked.length = 0;
      await frame.evaluate(() => location.reload());
      await portal(page);
      expect(shop.asked).toEqual([]);
      await page.reload();
      await portal(page);
      expect(new Set(shop.asked)).toEqual(new Set(['opening']));
      expect(await storing.context.cookies(installation)).toEqual([]);
      await page.close();
    });

    test('asks for a new link after a reload where the frame is denied cookies and storage', async () => {
      const { page, frame } = await open();
      const denied = () =>
        frame.evaluate(() => {
          try {
            return sessionStorage.length >= 0 ? 'open' : '';
          } catch (error) {
            return (error as Error).name;
          }
        });
      expect(await denied()).toBe('SecurityError');
      shop.asked.length = 0;
      await frame.evaluate(() => location.reload());
      await portal(page);
      expect(shop.asked).toEqual(['opening']);
      await page.close();
    });

    test('renews the link before it ends, and what was typed stays', async () => {
      shop.expiresIn = 'PT1M';
      const { page, frame } = await open(browsing, (page) => page.clock.install());
      await type(frame);
      shop.asked.length = 0;
      const before = shop.links.length;
      await page.clock.fastForward('00:46');
      await expect.poll(() => shop.asked).toEqual(['expiring']);
      shop.expiresIn = 'PT1H';
      // The link before is of no use any more, and nobody notices.
      await expect.poll(() => shop.links.length).toBeGreaterThan(before);
      for (const id of shop.links.slice(0, -1)) await revoke(id);
      expect(await half(frame).inputValue()).toBe('Half a name');
      await frame.getByLabel('URL').fill('http://127.0.0.1:9/');
      await frame.getByRole('button', { name: 'Create webhook' }).click();
      await frame.getByRole('dialog', { name: 'Half a name is ready' }).waitFor();
      await page.close();
    });

    test('gets a new link after the old one was revoked, though its own server fails at first, and what was typed stays', async () => {
      // Only what the page does tells it that the link has ended: the feed would, a moment later.
      const { page, frame } = await open(browsing, (each) => each.routeWebSocket('**/graphql', () => {}));
      await type(frame);
      shop.asked.length = 0;
      shop.failures = 1;
      // In StrictMode a component begins twice, so there are two links.
      for (const id of shop.links) await revoke(id);
      await frame.getByLabel('URL').fill('http://127.0.0.1:9/');
      await frame.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('Failures: 1').waitFor();
      await page.getByText('The shop is busy.').waitFor();
      await expect.poll(() => shop.asked).toEqual(['ended', 'ended']);
      await expect.poll(() => page.locator('iframe').isVisible()).toBe(true);
      expect(await half(frame).inputValue()).toBe('Half a name');
      await page.close();
    });

    test('tells why the portal does not open, and opens it once there is a link', async () => {
      shop.failures = 3;
      const page = await browsing.context.newPage();
      await page.goto(site);
      await page.getByText('The shop is busy.').waitFor();
      await page.getByRole('button', { name: 'Try now' }).click();
      await portal(page);
      await page.close();
    });

    test('opens though the page’s own onError throws, and says so where its server never answers', async () => {
      shop.failures = 2;
      const page = await browsing.context.newPage();
      const thrown: string[] = [];
      page.on('pageerror', ({ message }) => thrown.push(message));
      await page.goto(`${site}/#throws`);
      await portal(page);
      expect(thrown).toContain('A fault of the shop itself.');
      await page.close();

      shop.silent = true;
      const waiting = await browsing.context.newPage();
      await waiting.clock.install();
      const asked = waiting.waitForRequest(/\/link/);
      await waiting.goto(site);
      await asked;
      await waiting.getByText('Opening your webhooks…').waitFor();
      await waiting.clock.fastForward('00:31');
      await waiting.getByText('getLink gave no link within 30 seconds.').waitFor();
      shop.silent = false;
      await waiting.getByRole('button', { name: 'Try now' }).click();
      await portal(waiting);
      await waiting.close();
    });

    test('is there once, and live once, however often it is folded away and shown again', async () => {
      const complaints: string[] = [];
      const folding = async (address: string) => {
        const page = await browsing.context.newPage();
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        let sockets = 0;
        page.on('websocket', (socket) => {
          sockets += 1;
          socket.on('close', () => {
            sockets -= 1;
          });
        });
        await page.goto(address);
        const fold = page.getByRole('button', { name: 'Fold' });
        for (let times = 0; times < 6; times++) await fold.click();
        return { page, fold, sockets: () => sockets };
      };
      const { page } = await folding(site);
      const frame = await portal(page);
      await type(frame);
      expect(await half(frame).inputValue()).toBe('Half a name');
      expect(page.frames()).toHaveLength(2);
      await page.close();
      const hooks = await folding(`${site}/#hooks`);
      await hooks.page.getByText('Feed: live').waitFor();
      await expect.poll(hooks.sockets).toBe(1);
      await hooks.fold.click();
      await expect.poll(hooks.sockets).toBe(0);
      expect(complaints).toEqual([]);
      await hooks.page.close();
    });

    test('misses no change of a list that came while that was on its way', async () => {
      const page = await browsing.context.newPage();
      let answer = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const lists = { asked: 0, read: 0 };
      await intercept(page, '**/graphql*', async (route) => {
        if (!/query Webhooks\b/.test(route.request().postData() ?? '')) return route.continue();
        lists.asked += 1;
        const response = await route.fetch({ url: route.request().url().replace('everhook.test', '127.0.0.1') });
        lists.read += 1;
        await held;
        // The page may have given it up.
        await route.fulfill({ response }).catch(() => {});
      });
      await page.goto(`${site}/#hooks`);
      await expect.poll(() => lists.asked > 0 && lists.asked === lists.read).toBe(true);
      const name = `Late ${version}`;
      const id = await createWebhook(product, tenant, { name, url: 'http://127.0.0.1:9/' });
      await page.getByRole('button', { name: 'Again' }).click();
      answer();
      await page.getByRole('list', { name: 'Webhooks' }).getByText(name).waitFor();
      await product.call('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
      await page.close();
    });

    test('reads its list again once it is live, because what changed before then was told to nobody', async () => {
      const page = await browsing.context.newPage();
      let answer = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await intercept(page, '**/graphql*', async (route) => {
        if (/query DeliveryCursor\b/.test(route.request().postData() ?? '')) await held;
        // The page may have given it up.
        await route.continue().catch(() => {});
      });
      await page.goto(`${site}/#hooks`);
      const webhooks = page.getByRole('list', { name: 'Webhooks' });
      await webhooks.getByRole('listitem').first().waitFor();
      const name = `Before it was live ${version}`;
      const id = await createWebhook(product, tenant, { name, url: 'http://127.0.0.1:9/' });
      answer();
      await webhooks.getByText(name).waitFor();
      await product.call('mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }', { id });
      await page.close();
    });

    test('loads the next page also for who asks while the list is read again', async () => {
      const remove = 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { webhook { id } } }';
      const ids: string[] = [];
      for (const name of ['Mole', 'Quay']) {
        ids.push(await createWebhook(product, tenant, { name, url: 'http://127.0.0.1:9/' }));
      }
      const page = await browsing.context.newPage();
      let answer = () => {};
      let held: Promise<void> | undefined;
      let waiting = 0;
      await intercept(page, '**/graphql*', async (route) => {
        if (held && /query Webhooks\b/.test(route.request().postData() ?? '')) {
          waiting += 1;
          await held;
        }
        // The page may have given it up.
        await route.continue().catch(() => {});
      });
      await page.goto(`${site}/#hooks`);
      const webhooks = page.getByRole('list', { name: 'Webhooks' }).getByRole('listitem');
      await expect.poll(() => webhooks.allTextContents()).toEqual(['Quay', 'Mole']);
      held = new Promise((resolve) => {
        answer = resolve;
      });
      await page.getByRole('button', { name: 'Again' }).click();
      await expect.poll(() => waiting).toBeGreaterThan(0);
      await page.getByRole('button', { name: 'More' }).click();
      answer();
      await expect.poll(() => webhooks.count()).toBeGreaterThan(2);
      for (const id of ids) await product.call(remove, { id });
      await page.close();
    });

    test('goes live though the page cannot reach its own server for a token at first', async () => {
      const page = await browsing.context.newPage();
      let failures = 2;
      await page.route('**/link?reason=hooks', (route) => (failures-- > 0 ? route.abort() : route.continue()));
      await page.goto(`${site}/#hooks`);
      await expect.poll(() => failures).toBeLessThan(0);
      await page.getByText('Feed: live').waitFor();
      await page.getByRole('list', { name: 'Webhooks' }).getByRole('listitem').first().waitFor();
      await page.close();
    });

    test('hears nobody but its own page, which hears nobody but its frame', async () => {
      const { page, frame } = await open();
      const evil = await receiverAnswering({
        code: 200,
        body: `<!doctype html><title>Ad</title><script>
          const say = (to, message) => to.postMessage(message, '*');
          for (let at = 0; at < parent.length; at++) {
            say(parent[at], { type: 'everhook:host', appearance: 'dark' });
            say(parent[at], { type: 'everhook:link', token: 'ehp_of_somebody_else' });
          }
          for (const type of ['everhook:opened', 'everhook:link-wanted']) say(parent, { type, reason: 'ended' });
          for (const data of [null, 'everhook:link', { type: 1 }, { type: 'everhook:link' }, { type: 'everhook:no-such' }]) {
            say(parent, data);
            say(parent[0], data);
          }
          say(parent, 'said');</script>`,
      });
      shop.asked.length = 0;
      const before = await frame.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
      await page.evaluate(
        (url) =>
          new Promise<void>((resolve) => {
            addEventListener('message', ({ data }) => data === 'said' && resolve());
            const ad = document.createElement('iframe');
            ad.src = url;
            document.body.append(ad);
          }),
        evil.url.replace('127.0.0.1', 'evil.test'),
      );
      // What was said before has been heard by now.
      await frame.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
      await frame.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      expect(await frame.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe(before);
      expect(shop.asked).toEqual([]);
      await type(frame);
      expect(await half(frame).inputValue()).toBe('Half a name');
      await page.close();
      await evil.close();
    });

    test('has the theme of its project in the frame, light and dark, accessible, and nothing of ours', async () => {
      await look(tenant.projectId, theme);
      const { page, frame } = await open();
      const styles = () =>
        frame.evaluate(() => {
          const { backgroundColor, fontFamily, color } = getComputedStyle(document.documentElement);
          return { backgroundColor, fontFamily, color };
        });
      expect(await styles()).toEqual({
        backgroundColor: 'rgb(255, 250, 240)',
        fontFamily: 'Georgia, serif, system-ui, sans-serif',
        color: 'rgb(43, 26, 0)',
      });
      const shown = async () =>
        `${await frame.title()} ${await frame.locator('#root').textContent()} ${await frame.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href)}`;
      expect(await shown()).toMatch(/^Webhooks · Ladenfenster .*\/portal\/images\//s);
      expect(await shown()).not.toMatch(/everhook(?!\.test)/i);
      await frame.getByRole('link', { name: 'Back to the shop' }).waitFor();
      expect(await frame.getByRole('link', { name: 'Catalogue' }).count()).toBe(0);
      const logo = frame.locator('aside img');
      expect(await logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
      // The page's problems are the frame's: axe looks into frames that it can reach, and this one is looked at by itself.
      const alone = await browsing.context.newPage();
      for (const colours of ['light', 'dark'] as const) {
        if (colours === 'dark') await page.getByRole('button', { name: 'Dark' }).click();
        await expect
          .poll(async () => (await styles()).backgroundColor)
          .toBe(colours === 'light' ? 'rgb(255, 250, 240)' : 'rgb(18, 8, 24)');
        await alone.emulateMedia({ colorScheme: colours });
        const { path } = (
          await product.call<{ createPortalLink: { path: string } }>(
            'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
            { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ', 'WEBHOOK_MANAGE'] } },
          )
        ).createPortalLink;
        await alone.goto('about:blank');
        await alone.goto(product.url + path);
        await alone.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
        expect(await accessibilityProblems(alone)).toEqual([]);
        const folder = process.env.EVERHOOK_SCREENSHOTS;
        if (folder && at === 1) await alone.screenshot({ path: join(folder, `portal themed ${colours}.png`) });
      }
      await alone.close();
      await page.close();
    });

    test('follows webhooks, their health and deliveries by the hooks, live', async () => {
      const receiver = await receiverAnswering({ code: 200 });
      await createWebhook(product, tenant, { name: 'Live board', url: receiver.url });
      await createWebhook(product, tenant, { name: 'Gate', url: 'http://127.0.0.1:9/' });
      const page = await browsing.context.newPage();
      await page.goto(`${site}/#hooks`);
      const webhooks = page.getByRole('list', { name: 'Webhooks' });
      await expect.poll(() => webhooks.getByRole('listitem').allTextContents()).toEqual(['Gate', 'Live board']);
      await page.getByRole('button', { name: 'More' }).click();
      await webhooks.getByText('Pier').waitFor();
      await page.getByText('Health: HEALTHY').waitFor();
      await page.getByText('Feed: live').waitFor();
      await publish(product, tenant, ['session.created']);
      await page.getByRole('list', { name: 'Feed' }).getByText('session.created DELIVERED').waitFor();
      await page.close();
      await receiver.close();
    });

    test('shows nothing of one customer to another, and follows only the one that is shown', async () => {
      const other = await dashboardTenant(product, `Other customer of ${version}`);
      await createWebhook(product, other, { name: 'Buoy', url: 'http://127.0.0.1:9/' });
      shop.otherProjectId = other.projectId;
      const page = await browsing.context.newPage();
      const open = new Set<unknown>();
      page.on('websocket', (socket) => {
        open.add(socket);
        socket.on('close', () => open.delete(socket));
      });
      await page.goto(`${site}/#hooks`);
      const webhooks = page.getByRole('list', { name: 'Webhooks' }).getByRole('listitem');
      await webhooks.first().waitFor();
      await page.getByText('Feed: live').waitFor();
      const before = [...open];
      await page.getByRole('button', { name: 'Other customer' }).click();
      await expect.poll(() => webhooks.allTextContents()).toEqual(['Buoy']);
      await page.getByText('Feed: live').waitFor();
      await expect.poll(() => before.filter((socket) => open.has(socket))).toEqual([]);
      await publish(product, tenant, ['session.created']);
      await publish(product, other, ['session.updated']);
      const feed = page.getByRole('list', { name: 'Feed' });
      await feed.getByText('session.updated').waitFor();
      expect(await feed.getByText('session.created').count()).toBe(0);
      shop.otherProjectId = undefined;
      await page.close();
    });

    test('can be imported where there is no browser', async () => {
      const { installed } = built.applications[at] as ReactApplication;
      const script = `
        const { createElement } = await import('react');
        const { renderToString } = await import('react-dom/server');
        const { EverhookPortal, EverhookProvider, useWebhooks } = await import('@everhook/react');
        const { Everhook } = await import('@everhook/sdk');
        const List = () => String(useWebhooks().loading);
        const client = new Everhook({ url: 'https://hooks.example.com', apiKey: 'k' });
        console.log(renderToString(createElement(EverhookPortal, { getLink: async () => '', title: 'Hooks', loading: 'wait' })));
        console.log(renderToString(createElement(EverhookProvider, { client }, createElement(List))));`;
      const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script], { cwd: installed });
      expect(stdout).toContain('wait');
      expect(stdout).toContain('title="Hooks"');
      expect(stdout.trim().split('\n').at(-1)).toBe('true');
    });
  },
);

describe('a portal', () => {
  test('is taken up by no other page than the one that opened it', async () => {
    const tenant = await dashboardTenant(product, 'Quay Robotics');
    const { createPortalLink } = await product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    const embedding = await receiverAnswering({
      code: 200,
      body: `<!doctype html><title>Shop</title><iframe name="hooks" title="ours" src="${product.url}${createPortalLink.path}"></iframe><div id="ad"></div>`,
    });
    // It stands within the same page, asks for the frame's own address, and knows its name.
    const evil = await receiverAnswering({
      code: 200,
      body: `<!doctype html><title>Ad</title><iframe name="hooks" title="theirs" src="${product.url}/portal"></iframe>
        <script>onmessage = ({ data }) => { document.title = JSON.stringify(data); }</script>`,
    });
    const page = await storing.context.newPage();
    const told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    await page.goto(embedding.url.replace('127.0.0.1', 'shop.test'));
    await page.frameLocator('iframe[title=ours]').getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await page.evaluate((url) => {
      const frame = document.createElement('iframe');
      frame.title = 'ad';
      frame.src = url;
      document.getElementById('ad')?.append(frame);
    }, evil.url);
    const theirs = page.frameLocator('iframe[title=ad]').frameLocator('iframe[title=theirs]');
    await theirs.getByRole('alert').waitFor();
    expect(await theirs.getByRole('heading', { name: 'Webhooks', level: 1 }).count()).toBe(0);
    expect(told.join()).not.toContain('ehp_');
    await page.close();
    await Promise.all([embedding.close(), evil.close()]);
  });

  test('shows the theme of its own project alone, also beside another one in the same page', async () => {
    const [one, other] = await Promise.all([dashboardTenant(product, 'One'), dashboardTenant(product, 'Other')]);
    await look(one.projectId, { light: theme.light, title: 'One for all' });
    await look(other.projectId, { light: { ...theme.light, background: '#e8fff0' }, title: '‏أخرى' });
    const link = async (projectId: string) =>
      (
        await product.call<{ createPortalLink: { path: string } }>(
          'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
          { input: { projectId, permissions: ['WEBHOOK_READ'] } },
        )
      ).createPortalLink.path;
    const [first, second] = await Promise.all([link(one.projectId), link(other.projectId)]);
    const embedding = await receiverAnswering({
      code: 200,
      body: `<!doctype html><title>Shop</title>${[first, second].map((path, at) => `<iframe title="portal ${at}" width="1100" height="500" src="${product.url}${path}"></iframe>`).join('')}`,
    });
    const page = await storing.context.newPage();
    await page.goto(embedding.url.replace('127.0.0.1', 'shop.test'));
    const expected = [
      { title: 'Webhooks · One for all', colour: 'rgb(255, 250, 240)' },
      { title: 'Webhooks · ‏أخرى', colour: 'rgb(232, 255, 240)' },
    ];
    const seen = async () =>
      Promise.all(
        [0, 1].map(async (at) => {
          const frame = await (await page.waitForSelector(`iframe[title="portal ${at}"]`)).contentFrame();
          await frame?.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
          const colour = await frame?.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
          return { title: await frame?.title(), colour };
        }),
      );
    expect(await seen()).toEqual(expected);
    // Each goes on with its own link.
    for (const frame of page.frames().slice(1)) await frame.evaluate(() => location.reload());
    expect(await seen()).toEqual(expected);
    await page.close();
    await embedding.close();
  });
});

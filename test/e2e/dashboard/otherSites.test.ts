import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  type DashboardTenant,
  dashboardTenant,
  firstOfSocket,
  openSession,
  receiverAnswering,
} from '../../support/dashboard.ts';
import type { Product } from '../../support/installation.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';

describe('pages of other sites, in the browser of somebody who is signed in', () => {
  let product: Product;
  let browsing: Browsing;
  let context: BrowserContext;
  let tenant: DashboardTenant;
  let host: Receiver;
  /** Another site, and one of the same site with another origin: another port of this machine. */
  let sites: readonly string[];

  beforeAll(async () => {
    [product, browsing] = await Promise.all([sharedProduct(), openChromium()]);
    context = browsing.context;
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    host = await receiverAnswering({ code: 200, body: '<!doctype html><title>Another site</title><p>hello</p>' });
    const { port } = new URL(host.url);
    sites = [`http://evil.test:${port}/`, `http://localhost:${port}/`, `http://127.0.0.1:${port}/`];
    await openSession(context, product.url, tenant.key);
  });
  afterAll(async () => {
    await Promise.all([browsing?.close(), product?.close(), host?.close()]);
  });

  const names = async () => {
    const { organization } = await product.call<{ organization: { name: string } }>(
      'query ($id: ID!) { organization(id: $id) { name } }',
      { id: tenant.organizationId },
    );
    return organization.name;
  };
  const mutation = () =>
    JSON.stringify({
      query: `mutation { updateOrganization(input: { id: "${tenant.organizationId}", name: "Taken over" }) { organization { id } } }`,
    });
  /** A page of another site. */
  const at = async (site: string): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(site);
    return page;
  };

  test('change and read nothing by forms, by fetch of any kind, or by an address', async () => {
    const { url } = product;
    for (const site of sites) {
      const page = await at(site);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
        // A form whose one field's name and value make up JSON, as forms of text can.
        await page.evaluate(
          ([to, enctype, text]) => {
            const form = document.createElement('form');
            Object.assign(form, { action: to, method: 'post', enctype, target: 'elsewhere' });
            const field = document.createElement('input');
            const [name, value] = [text.slice(0, -1), text.slice(-1)];
            Object.assign(field, { name, value });
            form.append(field);
            document.body.append(form);
            form.submit();
          },
          [`${url}/graphql`, type, mutation()] as const,
        );
      }
      const statuses = await page.evaluate(
        async ([to, body]) => {
          const ways: RequestInit[] = [
            { mode: 'cors', headers: { 'content-type': 'application/json' } },
            { mode: 'cors', headers: { 'content-type': 'text/plain' } },
            { mode: 'no-cors', headers: { 'content-type': 'text/plain' } },
            { mode: 'no-cors', body: new Blob([body], { type: 'application/json' }) },
          ];
          const seen: string[] = [];
          for (const way of ways) {
            for (const path of ['/graphql', '/session', '/v1/webhooks']) {
              seen.push(
                await fetch(to + path, { method: 'POST', credentials: 'include', body, ...way }).then(
                  (response) => `${response.type} ${response.status}`,
                  () => 'refused',
                ),
              );
            }
          }
          const query = encodeURIComponent('{ viewer { id } }');
          for (const path of [`/graphql?query=${query}`, '/session', '/v1/webhooks']) {
            seen.push(
              await fetch(to + path, { credentials: 'include' }).then(
                async (response) => `read ${await response.text()}`,
                () => 'refused',
              ),
            );
          }
          return seen;
        },
        [url, mutation()] as const,
      );
      // Nothing that could be read, and of what was sent blindly nothing was done.
      expect(statuses.filter((each) => each !== 'refused' && each !== 'opaque 0')).toEqual([]);
      expect(statuses).toHaveLength(15);
      await page.close();
    }
    expect(await names()).toBe('Harbour Robotics');
    // And the session goes on.
    const own = await context.newPage();
    await own.goto(url);
    await own.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await own.close();
  });

  test('open no socket in somebody’s name, while a page of the installation does', async () => {
    const acknowledged = (page: Page) => firstOfSocket(page, product.url);
    for (const site of sites) {
      const page = await at(site);
      expect(await acknowledged(page)).toBe('closed 4401');
      await page.close();
    }
    const own = await context.newPage();
    await own.goto(product.url);
    expect(await acknowledged(own)).toBe('connection_ack');
    await own.close();
  });

  test('frame no page but the portal’s, which shows nothing of the session', async () => {
    for (const site of sites) {
      const page = await at(site);
      await page.evaluate((to) => {
        for (const path of ['/', '/o/x/webhooks', '/portal']) {
          const frame = document.createElement('iframe');
          frame.name = path;
          frame.src = to + path;
          document.body.append(frame);
        }
      }, product.url);
      const portal = page.frameLocator('iframe[name="/portal"]');
      await portal.getByRole('heading', { name: 'This link is incomplete', level: 2 }).waitFor();
      for (const path of ['/', '/o/x/webhooks']) {
        const frame = page.frameLocator(`iframe[name="${path}"]`);
        await expect.poll(() => page.frame({ name: path })?.url() ?? '').toMatch(/^chrome-error:/);
        expect(await frame.locator('#root').count()).toBe(0);
      }
      await page.close();
    }
  });
});

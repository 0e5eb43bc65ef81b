import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createKey,
  createWebhook,
  type Dashboard,
  dashboardTenant,
  signedIn,
  signOut,
  startDashboard,
} from '../../support/dashboard.ts';
import { intercept } from '../../support/intercept.ts';
import { tokenOf } from '../../support/userTokens.ts';

describe('who enters the dashboard', () => {
  let dashboard: Dashboard;
  let url: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    url = dashboard.product.url;
    await createWebhook(dashboard.product, dashboard.tenant, { name: 'Berth board', url: 'http://127.0.0.1:9/' });
  });
  afterAll(() => dashboard?.close());

  const enter = async (page: Page, key: string) => {
    await page.getByLabel('Operator key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const keyThatMay = (...permissions: string[]) =>
    createKey(dashboard.product, { organizationId: dashboard.tenant.organizationId, permissions });
  const linkThatMay = async (...permissions: string[]) => {
    const { createPortalLink } = await dashboard.product.call<{ createPortalLink: { path: string } }>(
      'mutation ($input: CreatePortalLinkInput!) { createPortalLink(input: $input) { path } }',
      { input: { projectId: dashboard.tenant.projectId, permissions } },
    );
    return createPortalLink.path;
  };
  const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();
  const signs = (page: Page) =>
    page
      .getByText(/^(Connecting…|Live|Reconnecting…)$/)
      .filter({ visible: true })
      .count();
  const links = (page: Page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allTextContents();

  test('with a key that only publishes comes to the page where one does, which promises nothing more', async () => {
    const page = await signedIn(dashboard.browsing.context, url, await keyThatMay('EVENT_PUBLISH'));
    await heading(page, 'Publish an event');
    expect(await links(page)).toEqual(['Events', 'Catalogue', 'Settings']);
    expect(await signs(page)).toBe(0);
    await page.getByLabel('Project', { exact: true }).selectOption({ label: 'Berth planning' });
    await page.getByLabel('Event type').selectOption('issue.created');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Published', { exact: true }).waitFor();
    await page.getByText('“See webhooks and deliveries”').waitFor();
    await expect.poll(() => page.getByText('This could not be loaded').count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });

  test('is told on a page that is not open to them what it takes', async () => {
    const key = await keyThatMay('EVENT_PUBLISH', 'INBOUND_MANAGE');
    const page = await dashboard.open(`deliveries?project=${dashboard.tenant.projectId}`, key);
    await heading(page, 'Deliveries');
    await page.getByText('This page is not open to you').waitFor();
    await page.getByText('“See webhooks and deliveries”').waitFor();
    await page.evaluate((to) => history.pushState(null, '', to), page.url().replace('deliveries', 'inbound'));
    await heading(page, 'Inbound');
    await page.getByText('“See webhooks and deliveries”').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.close();
  });

  test('by a link that opens no page is told so', async () => {
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${url}${await linkThatMay('DELIVERY_REPLAY')}`);
    await page.getByText('This page is not open to you').waitFor();
    await page.getByText('Ask whoever gave you the link').waitFor();
    expect(await signs(page)).toBe(0);
    await page.close();
  });

  test('by a link while the server is away tries the same link again', async () => {
    const page = await dashboard.browsing.context.newPage();
    await intercept(page, '**/graphql', (route) => route.abort());
    const path = await linkThatMay('WEBHOOK_READ');
    await page.goto(`${url}${path}`);
    await page.getByRole('heading', { name: 'This page could not be opened', level: 2 }).waitFor();
    expect(await page.getByText('This link is no longer good').count()).toBe(0);
    expect(page.url()).not.toContain('token');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(page, 'Webhooks');
    await page.goto('about:blank');
    await page.goto(`${url}${path.slice(0, -4)}_bad`);
    await page.getByRole('heading', { name: 'This link is no longer good', level: 2 }).waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await page.close();
  });

  test('with another organization’s key is led to that one', async () => {
    const other = await dashboardTenant(dashboard.product, 'Canal Cranes');
    const page = await dashboard.open('webhooks');
    await signOut(page);
    await enter(page, other.key);
    await heading(page, 'Webhooks');
    expect(page.url()).toContain(other.organizationId);
    await page.close();
  });

  test('can sign out where nothing can be opened', async () => {
    await dashboard.browsing.context.clearCookies();
    const page = await dashboard.browsing.context.newPage();
    await page.goto(`${url}/o/${dashboard.tenant.organizationId}/webhooks`);
    let answered = 0;
    await intercept(page, '**/graphql', (route) => (answered++ === 0 ? route.continue() : route.abort()));
    await enter(page, dashboard.tenant.key);
    await page.getByRole('heading', { name: 'This could not be loaded' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in to Everhook');
    await page.close();
  });

  test('as a user whom no organization knows is told so, and can sign out', async () => {
    const token = await tokenOf('auth0|stranger');
    await dashboard.browsing.context.clearCookies();
    const page = await dashboard.browsing.context.newPage();
    await page.goto(url);
    await enter(page, token);
    await heading(page, 'No organization knows you yet');
    await page.getByText('auth0|stranger').waitFor();
    expect(await page.getByRole('button', { name: 'Create organization' }).count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.evaluate(() => history.pushState(null, '', '/new'));
    await heading(page, 'No organization knows you yet');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in to Everhook');
    await page.close();
  });

  test('as the operator makes one organization by a double click', async () => {
    const page = await dashboard.open('webhooks', dashboard.product.operatorKey);
    await page.getByLabel('Organization').selectOption({ label: 'New organization…' });
    await page.getByLabel('Name').fill('Twice Clicked');
    await page.getByRole('button', { name: 'Create organization' }).dblclick();
    await page.getByText('No webhooks yet').waitFor();
    const names = await page.getByLabel('Organization').locator('option').allTextContents();
    expect(names.filter((name) => name === 'Twice Clicked')).toHaveLength(1);
    await page.close();
  });

  test('keeps what they typed when a tab that was hidden cannot ask anew who they are', async () => {
    const page = await dashboard.open(`webhooks?project=${dashboard.tenant.projectId}`);
    await page.getByRole('region', { name: 'Berth board' }).waitFor();
    await page.getByRole('button', { name: 'New webhook' }).click();
    const name = page.getByRole('dialog').getByLabel('Name', { exact: true });
    await name.fill('Quay board');
    // An hour later, as far as the page knows, and the server is away.
    await page.clock.setFixedTime(Date.now() + 3_600_000);
    let refused = 0;
    await intercept(page, '**/graphql', (route) => {
      if (route.request().postData()?.includes('query Viewer')) refused++;
      return route.abort();
    });
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    // As often as the SDK tries, and once more to be drawn.
    await expect.poll(() => refused).toBeGreaterThan(2);
    await page.clock.resume();
    await page.getByText('This could not be brought up to date').waitFor();
    expect(await name.inputValue()).toBe('Quay board');
    await page.close();
  });
});

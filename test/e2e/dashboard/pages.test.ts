import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browsing, openChromium } from '../../support/chromium.ts';
import {
  accessibilityProblems,
  colourProblems,
  type DashboardTenant,
  dashboardTenant,
  publish,
  receiverAnswering,
  signedIn,
} from '../../support/dashboard.ts';
import { createInbound, setIntegration } from '../../support/inbound.ts';
import type { Product } from '../../support/installation.ts';
import type { Receiver } from '../../support/receiver.ts';
import { sharedProduct } from '../../support/sharedProduct.ts';
import { gitHubReporting, type Target } from '../../trackers/reports.ts';

/** Opens a part of a webhook's page. */
async function partOf(page: Page, part: string, ready: string): Promise<void> {
  await page.getByRole('link', { name: 'Ticket sync' }).click();
  await page
    .getByRole('navigation', { name: 'Parts of this page' })
    .getByRole('link', { name: part, exact: true })
    .click();
  await page.getByText(ready).first().waitFor();
}

/** Each page, and what brings it to the state that is worth looking at. */
const pages: Record<string, { path: string; ready: string; whole?: true; open?(page: Page): Promise<void> }> = {
  overview: { path: 'overview', ready: 'Retries due' },
  webhooks: { path: 'webhooks', ready: 'Ticket sync' },
  'webhook-form': {
    path: 'webhooks',
    ready: 'Ticket sync',
    open: async (page) => {
      await page.getByRole('button', { name: 'New webhook' }).click();
      await page.getByText('issue.created').first().waitFor();
      await page.getByRole('button', { name: 'Schema of issue.created' }).click();
    },
  },
  'webhooks-table': { path: 'webhooks?view=table', ready: 'Ticket sync' },
  webhook: { path: 'webhooks', ready: 'Ticket sync', open: (page) => partOf(page, 'Overview', 'Health over 30 days') },
  'webhook-deliveries': {
    path: 'webhooks',
    ready: 'Ticket sync',
    open: (page) => partOf(page, 'Deliveries', 'issue.created'),
  },
  'webhook-settings': {
    path: 'webhooks',
    ready: 'Ticket sync',
    open: (page) => partOf(page, 'Settings', 'Each change is saved at once.'),
  },
  'webhook-secrets': { path: 'webhooks', ready: 'Ticket sync', open: (page) => partOf(page, 'Secrets', 'Active') },
  'webhook-request': {
    path: 'webhooks',
    ready: 'Ticket sync',
    open: (page) => partOf(page, 'Request', 'Everhook SDK'),
  },
  deliveries: { path: 'deliveries', ready: 'Delivered' },
  delivery: {
    path: 'deliveries',
    ready: 'Delivered',
    open: async (page) => {
      await page.getByRole('table').getByRole('button', { name: 'issue.created' }).first().click();
      await page.getByRole('heading', { name: 'Request' }).waitFor();
    },
  },
  events: { path: 'events', ready: 'session.completed' },
  publish: { path: 'events/publish?type=issue.created', ready: 'Nothing published yet' },
  event: {
    path: 'events',
    ready: 'session.completed',
    open: async (page) => {
      await page.getByRole('link', { name: 'issue.created' }).first().click();
      await page.getByRole('link', { name: 'Ticket sync' }).waitFor();
    },
  },
  inbound: { path: 'inbound', ready: 'Codertocat/Hello-World#1' },
  'inbound-empty': { path: 'inbound', ready: 'Choose a project', whole: true },
  projects: { path: 'settings?tab=projects', ready: 'TestPlanIt' },
  catalogue: { path: 'catalogue', ready: 'issue.created' },
  'event-type': { path: 'catalogue/issue.created', ready: 'Subscribed webhooks' },
  'event-type-refused': {
    path: 'catalogue',
    ready: 'issue.created',
    open: async (page) => {
      await page.getByRole('button', { name: 'New event type' }).click();
      const form = page.getByRole('dialog');
      await form.getByLabel('Name').fill('crane.moved');
      await form.getByLabel('Schema').fill('{"type": "object", "properties": {"weight": {"type": "tons"}}}');
      await page.getByRole('button', { name: 'Create event type' }).click();
      await page.getByText('At properties.weight.type').waitFor();
    },
  },
  members: { path: 'settings?tab=members', ready: 'Octavia' },
  'member-form': {
    path: 'settings?tab=members',
    ready: 'Octavia',
    open: async (page) => {
      await page.getByRole('button', { name: 'Change' }).click();
      await page.getByLabel('Berth planning').waitFor();
    },
  },
  permissions: { path: 'settings?tab=permissions', ready: 'Project admin' },
  'api-keys': { path: 'settings?tab=keys', ready: 'Crane service', whole: true },
  'portal-links': { path: 'settings?tab=portal', ready: 'No portal links yet' },
  egress: { path: 'settings?tab=egress', ready: '192.0.2.0/28' },
  audit: { path: 'settings?tab=audit', ready: 'Webhook created' },
};

/** Those whose room is worth looking at on very wide screens, where letters grow. */
const roomy = [
  'overview',
  'webhooks',
  'webhooks-table',
  'webhook',
  'webhook-form',
  'deliveries',
  'delivery',
  'events',
  'event',
  'publish',
  'catalogue',
  'event-type',
  'members',
];

type Colours = 'light' | 'dark';

interface Look {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Light or dark, or one after the other on the same page. */
  readonly colours: readonly [Colours, ...Colours[]];
  /** Which pages; all of them unless said. */
  readonly of?: readonly string[];
}

const looks: readonly Look[] = [
  { name: 'wide', width: 1440, height: 900, colours: ['light', 'dark'] },
  { name: 'narrow', width: 360, height: 780, colours: ['light', 'dark'] },
  { name: '2560', width: 2560, height: 1440, colours: ['light'], of: roomy },
  { name: '3840', width: 3840, height: 2160, colours: ['dark'], of: roomy },
];

describe('every page of the dashboard', () => {
  let product: Product;
  let tenant: DashboardTenant;
  const receivers: Receiver[] = [];
  const gitHub = gitHubReporting();
  /** Where pictures of all pages are kept, if somebody wants them. */
  const folder = process.env.EVERHOOK_SCREENSHOTS;

  beforeAll(async () => {
    if (folder) await mkdir(folder, { recursive: true });
    product = await sharedProduct();
    tenant = await dashboardTenant(product, 'Harbour Robotics');
    for (const [name, code] of [
      ['Berth board', 200],
      ['Ticket sync', 503],
    ] as const) {
      const receiver = await receiverAnswering({ code, body: '{"berth": 4}' });
      receivers.push(receiver);
      await product.call('mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }', {
        input: { projectId: tenant.projectId, name, url: receiver.url, description: 'Shows what lies at the quay.' },
      });
    }
    await product.call('mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
      input: { organizationId: tenant.organizationId, userId: 'auth0|octavia', name: 'Octavia', role: 'ADMIN' },
    });
    await gitHub.tracker.listen();
    const { baseUrl, token } = gitHub.tracker;
    const { projectId } = tenant;
    await product.call(setIntegration, {
      input: { projectId, provider: 'GITHUB', baseUrl, credentials: { token } },
    });
    const { createInboundWebhook } = await product.call<{ createInboundWebhook: Target }>(createInbound, {
      input: { projectId },
    });
    gitHub.put();
    await gitHub.report(createInboundWebhook, 'created');
    await publish(product, tenant, ['case.created', 'session.completed', 'issue.created']);
    await Promise.all(receivers.map((receiver) => receiver.count(3)));
  });
  afterAll(async () => {
    for (const receiver of receivers) await receiver.close();
    await product?.close();
    await gitHub.tracker.close();
  });

  test.each(looks)(
    'is accessible, says nothing of errors and fits the screen: $name, $colours',
    async ({ name: look, colours: [first, ...others], of = Object.keys(pages), width, height }) => {
      const { url } = product;
      const browsing: Browsing = await openChromium({ width, height, colours: first });
      const problems: string[] = [];
      /** In the other colours nothing but the colours is another: the style sheet alone chooses them. */
      const examine = async (page: Page, name: string) => {
        const keep = async (colours = first) => {
          if (folder) await page.screenshot({ path: join(folder, `${name}-${colours}-${look}.png`) });
        };
        const found = (await accessibilityProblems(page)).map((problem) => `${name}: ${problem}`);
        await keep();
        for (const colours of others) {
          await page.emulateMedia({ colorScheme: colours });
          await expect
            .poll(() => page.evaluate(() => document.getAnimations().some((each) => each instanceof CSSTransition)))
            .toBe(false);
          found.push(...(await colourProblems(page)).map((problem) => `${name}, ${colours}: ${problem}`));
          await keep(colours);
        }
        if (others.length > 0) await page.emulateMedia({ colorScheme: first });
        problems.push(...found);
      };
      try {
        const front = await browsing.context.newPage();
        await front.goto(url);
        await front.getByRole('button', { name: 'Sign in' }).waitFor();
        await examine(front, 'sign-in');
        await front.close();

        const page = await signedIn(browsing.context, url, tenant.key);
        for (const [name, { path, ready, whole, open }] of Object.entries(pages)) {
          if (!of.includes(name)) continue;
          const project = whole ? '' : `${path.includes('?') ? '&' : '?'}project=${tenant.projectId}`;
          // As a link does, without leaving the page and the session with it.
          await page.evaluate((to) => history.pushState(null, '', to), `/o/${tenant.organizationId}/${path}${project}`);
          await page.locator('#main').getByText(ready).filter({ visible: true }).first().waitFor();
          await page.getByRole('status').filter({ hasText: 'Loading…' }).waitFor({ state: 'detached' });
          await open?.(page);
          await examine(page, name);
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          if (wider > 0) problems.push(`${name}: ${wider} px wider than the screen`);
          if (open) await page.keyboard.press('Escape');
        }
        expect([...problems, ...browsing.complaints]).toEqual([]);
      } finally {
        await browsing.close();
      }
    },
  );
});

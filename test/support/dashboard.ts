import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { type Browsing, openChromium } from './chromium.ts';
import type { Product } from './installation.ts';
import { Receiver } from './receiver.ts';
import { sharedProduct } from './sharedProduct.ts';

export interface DashboardTenant {
  readonly organizationId: string;
  readonly projectId: string;
  /** An owner's key. */
  readonly key: string;
}

/** An organization with one project of Onplana's catalogue. */
export async function dashboardTenant(product: Product, name: string): Promise<DashboardTenant> {
  const { createOrganization } = await product.call<{ createOrganization: { organization: { id: string } } }>(
    'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { input: { name } },
  );
  const organizationId = createOrganization.organization.id;
  const projectId = await createProject(product, organizationId, 'Berth planning');
  const key = await createKey(product, { organizationId, role: 'OWNER' });
  return { organizationId, projectId, key };
}

async function createProject(product: Product, organizationId: string, name: string): Promise<string> {
  const { createProject: made } = await product.call<{ createProject: { project: { id: string } } }>(
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { input: { organizationId, name, profile: 'TESTPLANIT' } },
  );
  return made.project.id;
}

export async function createKey(product: Product, input: object): Promise<string> {
  const { createApiKey } = await product.call<{ createApiKey: { key: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { name: 'Crane service', ...input } },
  );
  return createApiKey.key;
}

/** A webhook of the tenant's project. @returns its id */
export async function createWebhook(product: Product, tenant: DashboardTenant, input: object): Promise<string> {
  const { createWebhook: created } = await product.call<{ createWebhook: { webhook: { id: string } } }>(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
    { input: { projectId: tenant.projectId, ...input } },
  );
  return created.webhook.id;
}

/** Publishes events of the tenant's project, each with its type's example. */
export async function publish(product: Product, tenant: DashboardTenant, types: readonly string[]): Promise<void> {
  const { eventTypes } = await product.call<{ eventTypes: { name: string; example: unknown }[] }>(
    'query ($projectId: ID) { eventTypes(projectId: $projectId) { name example } }',
    { projectId: tenant.projectId },
  );
  const events = types.map((type) => ({ type, data: eventTypes.find(({ name }) => name === type)?.example }));
  await product.call('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
    input: { projectId: tenant.projectId, events },
  });
}

/** How each browser was signed in last: by which key, and the cookie that it got. */
const signedInBy = new WeakMap<BrowserContext, { readonly key: string; readonly cookie: string }>();

/** The cookie of a session; over plain http the port is in its name. */
async function cookieOf(context: BrowserContext, url: string): Promise<string> {
  const names = [`everhook-${new URL(url).port}`, '__Host-everhook', '__Secure-everhook'];
  return (await context.cookies(url)).find(({ name }) => names.includes(name))?.value ?? '';
}

/**
 * Signs a browser in, in place of the session that it has there: all its tabs have the new one. Where it is signed in by this key
 * already it stays so, for other tabs may be asking at this moment with the cookie that would end.
 */
export async function openSession(context: BrowserContext, url: string, key: string): Promise<void> {
  const last = signedInBy.get(context);
  if (last?.key === key && last.cookie !== '' && last.cookie === (await cookieOf(context, url))) {
    const answer = await context.request.get(`${url}/session`, { headers: { origin: new URL(url).origin } });
    const { session } = (await answer.json()) as { session: object | null };
    if (session !== null) return;
  }
  await newSession(context, url, key);
}

/** Signs a browser in with a session that begins now. */
export async function newSession(context: BrowserContext, url: string, key: string): Promise<void> {
  const opened = await context.request.post(`${url}/session`, {
    data: { credential: key },
    headers: { origin: new URL(url).origin },
  });
  if (!opened.ok()) throw new Error(`The session was not opened: ${await opened.text()}`);
  signedInBy.set(context, { key, cookie: await cookieOf(context, url) });
}

/** A new tab, signed in, on a page of the tenant. */
export async function signedIn(context: BrowserContext, url: string, key: string, path = '/'): Promise<Page> {
  await openSession(context, url, key);
  const page = await context.newPage();
  await page.goto(`${url}${path}`);
  await page.locator('#main').waitFor();
  return page;
}

/** What a page's script is told first over a socket of the API that it opens without a credential: a message's type, or `closed <code>`. */
export const firstOfSocket = (page: Page, url: string): Promise<string> =>
  page.evaluate(
    (to) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${to.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        socket.onopen = () => socket.send('{"type":"connection_init"}');
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
        socket.onclose = ({ code }) => resolve(`closed ${code}`);
      }),
    url,
  );

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Of those rules, the ones that look at colours. */
const colourRules = ['color-contrast', 'link-in-text-block'];

/** The violations of WCAG 2.2 A and AA that axe finds on a page: rule and elements. */
export const accessibilityProblems = (page: Page): Promise<string[]> => violations(page, 'tag', wcag);

/** Those of them that lie in the colours, for a page of which all else was looked at in other colours. */
export const colourProblems = (page: Page): Promise<string[]> => violations(page, 'rule', colourRules);

async function violations(page: Page, type: 'tag' | 'rule', values: readonly string[]): Promise<string[]> {
  // The browser's debugger evaluates it, which no content security policy prevents.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(
    async (runOnly) => {
      interface Axe {
        run(
          context: Document,
          options: object,
        ): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      }
      const { axe: found } = globalThis as unknown as { axe: Axe };
      const { violations } = await found.run(document, {
        runOnly,
        // What is right is not described, which takes a third of the time.
        resultTypes: ['violations'],
        selectors: false,
      });
      return violations.map(
        ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => `  ${html.slice(0, 160)}`).join('\n')}`,
      );
    },
    { type, values },
  );
}

/** A receiver that accepts or refuses, as the test sets it. */
export const receiverAnswering = (answer: { code: number; body?: string }): Promise<Receiver> =>
  new Receiver(() => ({ code: answer.code, body: answer.body ?? '' })).listen();

/** A running dashboard with a tenant to look at, and a browser to look with. */
export interface Dashboard {
  readonly product: Product;
  readonly browsing: Browsing;
  readonly tenant: DashboardTenant;
  /** A new tab with one of the tenant's pages, such as `inbound?project=…`. @param key - the tenant's owner's unless said */
  open(path: string, key?: string): Promise<Page>;
  /** Another project of the tenant. */
  project(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function startDashboard(): Promise<Dashboard> {
  const [product, browsing] = await Promise.all([sharedProduct(), openChromium()]);
  const tenant = await dashboardTenant(product, 'Harbour Robotics');
  const { organizationId } = tenant;
  return {
    product,
    browsing,
    tenant,
    open: (path, key = tenant.key) => signedIn(browsing.context, product.url, key, `/o/${organizationId}/${path}`),
    project: (name) => createProject(product, organizationId, name),
    async close() {
      await Promise.all([browsing.close(), product.close()]);
    },
  };
}

/** Signs out by the account menu. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

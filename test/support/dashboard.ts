import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { type Browsing, openChromium } from './chromium.ts';
import { type Installation, startInstallation } from './installation.ts';
import { Receiver } from './receiver.ts';

export interface DashboardTenant {
  readonly organizationId: string;
  readonly projectId: string;
  /** An owner's key. */
  readonly key: string;
}

/** An organization with one project of Onplana's catalogue. */
export async function dashboardTenant(installation: Installation, name: string): Promise<DashboardTenant> {
  const { createOrganization } = await installation.call<{ createOrganization: { organization: { id: string } } }>(
    'mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { organization { id } } }',
    { input: { name } },
  );
  const organizationId = createOrganization.organization.id;
  const projectId = await createProject(installation, organizationId, 'Berth planning');
  const key = await createKey(installation, { organizationId, role: 'OWNER' });
  return { organizationId, projectId, key };
}

async function createProject(installation: Installation, organizationId: string, name: string): Promise<string> {
  const { createProject: made } = await installation.call<{ createProject: { project: { id: string } } }>(
    'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }',
    { input: { organizationId, name, profile: 'TESTPLANIT' } },
  );
  return made.project.id;
}

export async function createKey(installation: Installation, input: object): Promise<string> {
  const { createApiKey } = await installation.call<{ createApiKey: { key: string } }>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }',
    { input: { name: 'Crane service', ...input } },
  );
  return createApiKey.key;
}

/** A webhook of the tenant's project. @returns its id */
export async function createWebhook(
  installation: Installation,
  tenant: DashboardTenant,
  input: object,
): Promise<string> {
  const { createWebhook: created } = await installation.call<{ createWebhook: { webhook: { id: string } } }>(
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
    { input: { projectId: tenant.projectId, ...input } },
  );
  return created.webhook.id;
}

/** Events of the tenant's project, each with its type's example. */
export async function publish(
  installation: Installation,
  tenant: DashboardTenant,
  types: readonly string[],
): Promise<void> {
  const { eventTypes } = await installation.call<{ eventTypes: { name: string; example: unknown }[] }>(
    'query ($projectId: ID) { eventTypes(projectId: $projectId) { name example } }',
    { projectId: tenant.projectId },
  );
  const events = types.map((type) => ({ type, data: eventTypes.find(({ name }) => name === type)?.example }));
  await installation.call('mutation ($input: PublishEventsInput!) { publishEvents(input: $input) { events { id } } }', {
    input: { projectId: tenant.projectId, events },
  });
}

/** A new tab, signed in, on a page of the tenant. */
export async function signedIn(context: BrowserContext, url: string, key: string, path = '/'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}${path}`);
  await page.getByLabel('Operator key, API key or JWT').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#main').waitFor();
  return page;
}

/** What axe finds against WCAG 2.2 A and AA on a page as it stands: rule and elements. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated by the browser's debugger, which no content security policy hinders.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    interface Axe {
      run(
        context: Document,
        options: object,
      ): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
    }
    const { axe: found } = globalThis as unknown as { axe: Axe };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await found.run(document, { runOnly: { type: 'tag', values: tags } });
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => `  ${html.slice(0, 160)}`).join('\n')}`,
    );
  });
}

/** A receiver that accepts, or refuses, as it is told. */
export const receiverAnswering = (answer: { code: number; body?: string }): Promise<Receiver> =>
  new Receiver(() => ({ code: answer.code, body: answer.body ?? '' })).listen();

/** A running dashboard with a tenant to look at, and a browser to look with. */
export interface Dashboard {
  readonly installation: Installation;
  readonly browsing: Browsing;
  readonly tenant: DashboardTenant;
  /** A new tab with one of the tenant's pages, such as `inbound?project=…`. @param key - the tenant's owner's unless said */
  open(path: string, key?: string): Promise<Page>;
  /** Another project of the tenant. */
  project(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function startDashboard(env: NodeJS.ProcessEnv = {}): Promise<Dashboard> {
  const [installation, browsing] = await Promise.all([startInstallation(env), openChromium()]);
  const tenant = await dashboardTenant(installation, 'Harbour Robotics');
  const { organizationId } = tenant;
  return {
    installation,
    browsing,
    tenant,
    open: (path, key = tenant.key) =>
      signedIn(browsing.context, installation.parts.url, key, `/o/${organizationId}/${path}`),
    project: (name) => createProject(installation, organizationId, name),
    async close() {
      await Promise.all([browsing.close(), installation.close()]);
    },
  };
}

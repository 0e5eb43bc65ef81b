import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dashboard, startDashboard } from '../../support/dashboard.ts';
import { createInbound, issueEvent, sendGitHub, setIntegration } from '../../support/inbound.ts';
import { intercept } from '../../support/intercept.ts';
import { FakeGitHub } from '../../trackers/github.ts';

describe('the issues of a project', () => {
  const gitHub = new FakeGitHub();
  let dashboard: Dashboard;
  let target: { url: string; secret: string };

  beforeAll(async () => {
    dashboard = await startDashboard();
    await gitHub.listen();
    const { projectId, organizationId } = dashboard.tenant;
    const call = (text: string, input: object) => dashboard.product.call(text, { input });
    await call('mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
      organizationId,
      userId: 'auth0|octavia',
      name: 'Octavia',
      role: 'OWNER',
    });
    await call('mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { id } } }', {
      id: projectId,
      ownerId: 'auth0|octavia',
    });
    await dashboard.product.call(setIntegration, {
      input: { projectId, provider: 'GITHUB', baseUrl: gitHub.baseUrl, credentials: { token: gitHub.token } },
    });
    const { createInboundWebhook } = await dashboard.product.call<{ createInboundWebhook: typeof target }>(
      createInbound,
      { input: { projectId } },
    );
    target = createInboundWebhook;
  });
  afterAll(async () => {
    await dashboard?.close();
    await gitHub.close();
  });

  async function reported(number: number, title: string): Promise<void> {
    gitHub.put(`Codertocat/Hello-World#${number}`, { id: number, title, changedAt: new Date() });
    expect((await sendGitHub(target, issueEvent(number, number))).status).toBe(200);
  }
  async function titles(): Promise<string[]> {
    const { issues } = await dashboard.product.call<{ issues: { edges: { node: { title: string } }[] } }>(
      'query ($projectId: ID!) { issues(projectId: $projectId) { edges { node { title } } } }',
      { projectId: dashboard.tenant.projectId },
    );
    return issues.edges.map(({ node }) => node.title);
  }
  const opened = () => dashboard.open(`inbound?project=${dashboard.tenant.projectId}`);
  const row = (page: Page, title: string): Locator => page.getByRole('row').filter({ hasText: title });

  test('are shown a page at a time, the older ones by a click, and change wherever they are', async () => {
    for (const number of [1, 2, 3]) {
      await reported(number, `Crane ${number} squeaks`);
      await expect.poll(titles).toContain(`Crane ${number} squeaks`);
    }
    const over = Date.now();
    // A feed tells again what happened in the last two seconds before it began.
    await expect.poll(() => Date.now() - over).toBeGreaterThan(2_500);
    const page = await dashboard.open('settings');
    // As if there were a hundred more of each.
    await intercept(page, '**/graphql', async (route) => {
      const asked = route.request().postData() ?? '';
      if (!asked.includes('query Issues(')) return route.fallback();
      await route.continue({ postData: asked.replace('"first":100', '"first":2') });
    });
    await page.getByLabel('Project', { exact: true }).selectOption({ label: 'Berth planning' });
    await page.getByRole('navigation').getByRole('link', { name: 'Inbound' }).click();
    // Its creator is the owner of the project that it came to.
    await row(page, 'Crane 2 squeaks').filter({ hasText: 'Octavia' }).waitFor();
    expect(await row(page, 'Crane 1 squeaks').count()).toBe(0);
    await page.getByRole('button', { name: 'Show older' }).click();
    await row(page, 'Crane 1 squeaks').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Show older' }).count()).toBe(0);
    await reported(1, 'Crane 1 is silent');
    await row(page, 'Crane 1 is silent').waitFor();
    await expect.poll(() => row(page, 'Crane').count()).toBe(3);
    await page.unrouteAll({ behavior: 'wait' });
    await page.close();
  });

  test('stay where they cannot be read anew, and the cards above them', async () => {
    const page = await opened();
    await row(page, 'Crane 3 squeaks').waitFor();
    // An hour later, as far as the page knows, and the server is away.
    await page.clock.setFixedTime(Date.now() + 3_600_000);
    await intercept(page, '**/graphql', (route) => route.abort());
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await expect.poll(() => page.getByText('This could not be brought up to date').count()).toBe(2);
    expect(await row(page, 'Crane').count()).toBe(3);
    await page.getByRole('region', { name: 'Inbound webhook' }).getByText('Healthy').waitFor();
    await page.unrouteAll({ behavior: 'wait' });
    // One click, however much failed.
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await expect.poll(() => page.getByText('This could not be brought up to date').count()).toBe(0);
    await page.close();
  });
});

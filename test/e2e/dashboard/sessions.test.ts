import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessibilityProblems,
  createKey,
  createWebhook,
  type Dashboard,
  newSession,
  openSession,
  publish,
  receiverAnswering,
  signedIn,
  signOut,
  startDashboard,
} from '../../support/dashboard.ts';
import { holdAnswers } from '../../support/heldAnswers.ts';
import { tokenOf } from '../../support/userTokens.ts';

const ended = 'You were signed out: the key has expired or was revoked.';

describe('a session', () => {
  let dashboard: Dashboard;
  let url: string;

  beforeAll(async () => {
    dashboard = await startDashboard();
    url = dashboard.product.url;
  });
  afterAll(() => dashboard?.close());

  const enter = async (page: Page, key: string) => {
    await page.getByLabel('Operator key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const signInAgain = (page: Page) => page.getByRole('heading', { name: 'Sign in to Everhook' }).waitFor();

  /** A key that is to be revoked, and how. */
  async function passingKey(): Promise<{ key: string; revoke(): Promise<unknown> }> {
    const { organizationId } = dashboard.tenant;
    const { createApiKey } = await dashboard.product.call<{
      createApiKey: { key: string; apiKey: { id: string } };
    }>('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }', {
      input: { organizationId, name: 'Crane service', role: 'ADMIN' },
    });
    return {
      key: createApiKey.key,
      revoke: () =>
        dashboard.product.call('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', {
          id: createApiKey.apiKey.id,
        }),
    };
  }

  /** A page that nobody tells anything: only what it asks itself can end its session. */
  async function deafPage(key: string, path: string): Promise<Page> {
    const { context } = dashboard.browsing;
    await openSession(context, url, key);
    const page = await context.newPage();
    await page.routeWebSocket('**/graphql', () => {});
    await page.goto(`${url}/o/${dashboard.tenant.organizationId}/${path}`);
    return page;
  }

  test('begins with a key that is good, which no script can read, and goes on in a reload, a new tab and by a link', async () => {
    const { context } = dashboard.browsing;
    await context.clearCookies();
    const page = await context.newPage();
    await page.goto(url);
    await enter(page, '');
    await page.getByRole('alert').filter({ hasText: 'Enter a key.' }).waitFor();
    await enter(page, 'no-such-key');
    await page.getByRole('alert').filter({ hasNotText: 'Enter a key.' }).waitFor();
    await expect.poll(() => page.getByLabel('Operator key').inputValue()).toBe('no-such-key');
    await enter(page, 'no key, but words – “quoted”');
    await page.getByRole('alert').filter({ hasText: 'visible ASCII characters' }).waitFor();
    await enter(page, dashboard.tenant.key);
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).not.toContain(dashboard.tenant.key);
    expect(kept).not.toContain('ehs_');
    const cookies = (await context.cookies(url)).filter(({ name }) => name.startsWith('everhook-'));
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Lax', path: '/', secure: false }]);
    await page.reload();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    const [second] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate((to) => window.open(to, '_blank', 'noopener'), page.url()),
    ]);
    await second.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    // As from a chat in the browser: a page of another site leads here.
    const chat = await receiverAnswering({ code: 200, body: `<a href="${page.url()}">the webhooks</a>` });
    await second.goto(chat.url.replace('127.0.0.1', 'chat.test'));
    await second.getByRole('link', { name: 'the webhooks' }).click();
    await second.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await chat.close();

    await signOut(page);
    await signInAgain(page);
    await second.getByText('You were signed out in another tab.').waitFor();
    expect((await context.cookies(url)).filter(({ name }) => name.startsWith('everhook-'))).toEqual([]);
    // What was copied before opens nothing either.
    await context.addCookies(cookies);
    await second.reload();
    await second.getByText('You were signed out in another tab.').waitFor();
    await Promise.all([page.close(), second.close()]);
  });

  test('of the operator reaches every organization, and makes new ones', async () => {
    const page = await dashboard.open('webhooks', dashboard.product.operatorKey);
    await page.getByRole('complementary').getByText('Operator').waitFor();
    await page.getByLabel('Organization').selectOption({ label: 'New organization…' });
    await page.getByRole('button', { name: 'Create organization' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Name').fill('Canal Cranes');
    await page.getByRole('button', { name: 'Create organization' }).click();
    await page.getByText('No webhooks yet').waitFor();
    await expect
      .poll(() => page.getByLabel('Organization').locator('option:checked').textContent())
      .toBe('Canal Cranes');
    await page.getByLabel('Organization').selectOption(dashboard.tenant.organizationId);
    await page.getByLabel('Project', { exact: true }).selectOption({ label: 'Berth planning' });
    await page.close();
  });

  test('that was ended leaves nothing to whoever signs in next', async () => {
    const owner = await dashboard.open('settings?tab=keys');
    await owner.getByRole('row').filter({ hasText: 'Crane service' }).first().waitFor();
    await signOut(owner);
    await signInAgain(owner);
    await expect.poll(() => owner.getByText('Crane service').count()).toBe(0);
    await owner.goBack().catch(() => null);
    await owner.goto(`${url}/o/${dashboard.tenant.organizationId}/settings?tab=keys`);
    await signInAgain(owner);
    const { organizationId } = dashboard.tenant;
    await enter(owner, await createKey(dashboard.product, { organizationId, role: 'VIEWER', name: 'Lamp' }));
    await owner.getByRole('complementary').getByText('viewer').waitFor();
    await owner.getByRole('tab', { name: 'Projects', selected: true }).waitFor();
    await expect.poll(() => owner.getByRole('tab', { name: 'API keys' }).count()).toBe(0);
    await owner.close();
  });

  test('that another tab opens anew goes on here, with what was typed; somebody else’s shows nothing of it', async () => {
    const { product, tenant, browsing } = dashboard;
    const { organizationId } = tenant;
    await createWebhook(product, tenant, { name: 'Tide board', url: 'http://127.0.0.1:9/' });
    const page = await dashboard.open('settings?tab=keys');
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: 'Crane service' }).first().waitFor();
    await page.getByRole('button', { name: 'New key' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Half typed');

    // The feed of the session before ends with the next change; that of the new one takes its place.
    const followed = page.waitForEvent('websocket');
    await newSession(browsing.context, url, tenant.key);
    const same = await dashboard.open('webhooks');
    await publish(product, tenant, ['case.created']);
    await followed;
    expect(await form.getByLabel('Name').inputValue()).toBe('Half typed');

    const lamp = await createKey(product, { organizationId, role: 'VIEWER', name: 'Lamp' });
    const other = await signedIn(browsing.context, url, lamp, `/o/${organizationId}/webhooks`);
    await publish(product, tenant, ['case.created']);
    await page.getByRole('tab', { name: 'Projects', selected: true }).waitFor();
    await expect.poll(() => form.count()).toBe(0);
    await expect.poll(() => page.getByText('Crane service').count()).toBe(0);
    await Promise.all([page.close(), same.close(), other.close()]);
  });

  test('whose key is revoked ends when something happens, and goes on where it was with another', async () => {
    const { key, revoke } = await passingKey();
    const page = await deafPage(key, 'webhooks');
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name').fill('Berth board');
    await form.getByLabel('URL').fill('http://127.0.0.1:9/');
    await revoke();
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByText(ended).waitFor();
    await enter(page, dashboard.tenant.key);
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    expect(page.url()).toContain('/webhooks');
    await expect.poll(() => page.getByText(ended).count()).toBe(0);
    await page.close();
  });

  test('whose key is revoked ends from every form and every confirmation', async () => {
    for (const { tab, open, act } of [
      { tab: 'keys', open: 'New key', act: 'Create key' },
      { tab: 'keys', open: 'Revoke', act: 'Revoke key' },
    ]) {
      const { key, revoke } = await passingKey();
      const page = await deafPage(key, `settings?tab=${tab}`);
      await page.getByRole('button', { name: open }).first().click();
      await revoke();
      await page.getByRole('button', { name: act }).click();
      await page.getByText(ended).waitFor();
      await page.close();
    }
  });

  test('that ends while a secret is shown leaves it there until it was stored', async () => {
    const { organizationId, projectId } = dashboard.tenant;
    const { key, revoke } = await passingKey();
    const page = await dashboard.open(`webhooks?project=${projectId}`, key);
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New webhook' }).first().click();
    const form = page.getByRole('dialog', { name: 'New webhook' });
    await form.getByLabel('Name').fill('Quay board');
    await form.getByLabel('URL').fill('http://127.0.0.1:9/');
    await form.getByRole('button', { name: 'Create webhook' }).click();
    const panel = page.getByRole('dialog', { name: 'Quay board is ready' });
    await panel.waitFor();
    const secret = (await panel.locator('code').textContent()) ?? '';
    await revoke();
    await publish(dashboard.product, { organizationId, projectId, key }, ['case.created']);
    await page.getByText(ended).waitFor();
    expect(await panel.locator('code').textContent()).toBe(secret);
    await panel.getByRole('button', { name: 'I have stored it' }).click();
    await expect.poll(() => page.getByText(secret).count()).toBe(0);
    await enter(page, dashboard.tenant.key);
    await page.getByRole('region', { name: 'Quay board' }).waitFor();
    await page.close();
  });

  test('that ends while an API key is made shows the key nevertheless, until it was stored', async () => {
    const { key, revoke } = await passingKey();
    const page = await dashboard.open('settings?tab=keys', key);
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New key' }).first().click();
    const form = page.getByRole('dialog', { name: 'New API key' });
    await form.getByLabel('Name').fill('Tide gauge');
    const held = await holdAnswers(page, (body) => body.includes('createApiKey'));
    await form.getByRole('button', { name: 'Create key' }).click();
    await held.answered;
    await revoke();
    await publish(dashboard.product, dashboard.tenant, ['case.created']);
    await page.getByText(ended).waitFor();
    held.release();
    const panel = page.getByRole('dialog', { name: 'Tide gauge is ready' });
    expect(await panel.locator('code').textContent()).toMatch(/^ehk_/);
    await panel.getByRole('button', { name: 'I have stored it' }).click();
    await panel.waitFor({ state: 'detached' });
    await page.close();
  });

  test('that only looks on ends with the first change that it may no longer see', async () => {
    const { key, revoke } = await passingKey();
    const page = await dashboard.open(`deliveries?project=${dashboard.tenant.projectId}`, key);
    await page.getByRole('complementary').getByText('Live', { exact: true }).waitFor();
    await dashboard.product.call(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      {
        input: { projectId: dashboard.tenant.projectId, name: 'Gone', url: 'http://127.0.0.1:9/', profile: 'ONPLANA' },
      },
    );
    await page.getByRole('cell', { name: 'Gone' }).first().waitFor();
    await revoke();
    await dashboard.product.call(
      'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
      {
        input: {
          projectId: dashboard.tenant.projectId,
          name: 'Unseen',
          url: 'http://127.0.0.1:9/',
          profile: 'ONPLANA',
        },
      },
    );
    await page.getByText(ended).waitFor();
    await page.close();
  });

  test('of a user lets them do in their project alone what they administer, and ends with their token', async () => {
    const { organizationId, projectId } = dashboard.tenant;
    const userId = 'berth-planner';
    const set = (input: object) =>
      dashboard.product.call('mutation ($input: SetMemberInput!) { setMember(input: $input) { member { id } } }', {
        input: { organizationId, userId, ...input },
      });
    await set({ role: 'VIEWER' });
    await set({ role: 'PROJECT_ADMIN', projectId });
    const page = await dashboard.open('webhooks', await tokenOf(userId, '7 sec'));
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'New webhook' }).count()).toBe(0);
    await page.getByLabel('Project', { exact: true }).selectOption({ label: 'Berth planning' });
    await page.getByRole('button', { name: 'New webhook' }).first().waitFor();
    // Each click asks the server for something; the first one behind the token's end is refused.
    const notice = page.getByText('You were signed out: the session has reached its end.');
    await expect
      .poll(
        async () => {
          if ((await notice.count()) > 0) return true;
          await page
            .getByRole('link', { name: 'Deliveries' })
            .click({ timeout: 300 })
            .catch(() => {});
          await page
            .getByRole('link', { name: 'Webhooks' })
            .click({ timeout: 300 })
            .catch(() => {});
          return false;
        },
        { timeout: 15_000, interval: 200 },
      )
      .toBe(true);
    await page.close();
  });

  test('are listed where somebody is signed in, and ended one by one, all others, or by who manages members', async () => {
    const { organizationId } = dashboard.tenant;
    const key = await createKey(dashboard.product, { organizationId, role: 'ADMIN', name: 'Harbour master' });
    /** Another browser with the same key. */
    const elsewhere = async () => {
      const opened = await fetch(`${url}/session`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: url,
          'user-agent': 'Mozilla/5.0 (Android) Firefox/140.0',
        },
        body: JSON.stringify({ credential: key }),
      });
      const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      return async () => {
        const read = await fetch(`${url}/session`, { headers: { cookie, origin: url } });
        return ((await read.json()) as { ended: string | null }).ended;
      };
    };
    const first = await elsewhere();
    const page = await signedIn(dashboard.browsing.context, url, key, `/o/${organizationId}/webhooks`);
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sessions' }).click();
    expect(new URL(page.url()).search).toContain('tab=sessions');
    const own = page.getByRole('table').filter({ hasText: 'This browser' });
    await own.getByText('Firefox on Android').waitFor();
    await own.getByText('Chrome on Linux').waitFor();
    expect(await own.getByRole('row').count()).toBe(3);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'End the session of Harbour master' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End' }).click();
    await expect.poll(() => own.getByRole('row').count()).toBe(2);
    await expect.poll(first).toBe('ENDED');

    const [second, third] = [await elsewhere(), await elsewhere()];
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByText('2 sessions were ended.').waitFor();
    await expect.poll(async () => [await second(), await third()]).toEqual(['ENDED', 'ENDED']);

    const fourth = await elsewhere();
    await page.getByRole('tab', { name: 'Members' }).click();
    const members = page.getByRole('region', { name: 'Who is signed in', exact: true });
    const row = members
      .getByRole('row')
      .filter({ hasText: 'Harbour master' })
      .filter({ hasText: 'Firefox on Android' });
    await row.getByRole('button', { name: 'End the session of Harbour master' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End' }).click();
    await row.waitFor({ state: 'detached' });
    await expect.poll(fourth).toBe('ENDED');
    await page.close();
  });
});

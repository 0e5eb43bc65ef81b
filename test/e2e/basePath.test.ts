import { Everhook } from '@everhook/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../support/api.ts';
import { type Browsing, openChromium } from '../support/chromium.ts';
import { signedIn } from '../support/dashboard.ts';

const base = '/hooks';

describe('an installation below a path, as EVERHOOK_PUBLIC_URL names it', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let browsing: Browsing;
  /** What the browser asked for beside the path. */
  const beside: string[] = [];

  beforeAll(async () => {
    api = await TestApi.start({
      publicUrl: `https://example.com${base}`,
      graphql: { graphiql: true, trustedDocuments: null, trustedOnly: false },
    });
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    await api.webhook(tenant);
    browsing = await openChromium();
    browsing.context.on('request', (request) => {
      const { protocol, pathname } = new URL(request.url());
      if (/^(https?|wss?):$/.test(protocol) && !pathname.startsWith(`${base}/`)) beside.push(pathname);
    });
  });
  afterAll(async () => {
    await browsing.close();
    await api.close();
  });

  const publish = () =>
    api.data(tenant.key, 'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }', {
      i: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
    });

  it('shows its dashboard there: signing in, moving about, a page opened by its address, and live changes', async () => {
    const page = await signedIn(browsing.context, api.url, tenant.key, `${base}/`);
    await page.getByRole('link', { name: 'Webhooks' }).first().click();
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/hooks\/o\/[^/]+\/webhooks$/);
    const again = await signedIn(browsing.context, api.url, tenant.key, new URL(page.url()).pathname);
    await again.getByText('crane', { exact: false }).or(again.getByRole('heading')).first().waitFor();
    await page.getByRole('link', { name: 'Deliveries' }).first().click();
    await page.getByRole('heading', { name: 'Deliveries', exact: true }).waitFor();
    await publish();
    await page.getByText('crane.moved').first().waitFor();
    await Promise.all([page.close(), again.close()]);
    expect(beside).toEqual([]);
  });

  it('opens a portal link there', async () => {
    const { createPortalLink } = await api.data(
      tenant.key,
      'mutation ($i: CreatePortalLinkInput!) { createPortalLink(input: $i) { path } }',
      { i: { projectId: tenant.projectId, permissions: ['WEBHOOK_READ'] } },
    );
    const page = await browsing.context.newPage();
    await page.goto(`${api.url}${base}${createPortalLink.path}`);
    await page.locator('#main').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/hooks\/portal/);
    await page.close();
    expect(beside).toEqual([]);
  });

  it('opens no session in a page that may be framed, whatever path a proxy has shown the server', async () => {
    const dashboard = await signedIn(browsing.context, api.url, tenant.key, `${base}/`);
    const page = await browsing.context.newPage();
    const sessions: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.endsWith('/session')) sessions.push(request.url());
    });
    // A proxy that passes on more than the path below which the installation is.
    const answer = await page.goto(`${api.url}/portal`, { waitUntil: 'networkidle' });
    expect(answer?.headers()['content-security-policy']).toContain('frame-ancestors *');
    expect(await page.locator('#main, nav').count()).toBe(0);
    expect(sessions).toEqual([]);
    expect(beside.splice(0)).toEqual(['/portal']);
    await Promise.all([page.close(), dashboard.close()]);
  });

  it('serves GraphiQL there', async () => {
    const page = await browsing.context.newPage();
    await page.goto(`${api.url}${base}/graphql`);
    const answered = page.waitForResponse((response) => response.url() === `${api.url}${base}/graphql`);
    await page.getByRole('button', { name: /execute/i }).click();
    expect((await answered).headers()['content-type']).toMatch(/json|event-stream/);
    await page.close();
    expect(beside).toEqual([]);
  });

  it('answers the SDK there, with its live changes, and programs; also where a proxy takes the path off', async () => {
    for (const url of [`${api.url}${base}`, api.url]) {
      const client = new Everhook({ url, apiKey: tenant.key });
      expect((await client.viewer()).kind).toBe('API_KEY');
      const giving = new AbortController();
      const seen = (async () => {
        for await (const _ of client.deliveries.watch({ projectId: tenant.projectId }, { signal: giving.signal }))
          return true;
        return false;
      })();
      const publishing = setInterval(() => void publish(), 200);
      expect(await seen).toBe(true);
      clearInterval(publishing);
      giving.abort();
      expect((await fetch(`${url}/readyz`)).headers.get('content-type')).toMatch(/json/);
      expect(await (await fetch(`${url}/v1/openapi.json`)).json()).toMatchObject({ servers: [{ url: base }] });
      expect((await fetch(`${url}/hooks-of-another/graphql`)).status).toBe(404);
    }
    const tasks = await api.tenant('TASKS');
    const headers = { authorization: `Bearer ${tasks.key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ url: 'https://receiver.example/', project_id: tasks.projectId });
    const made = await fetch(`${api.url}${base}/v1/webhooks`, { method: 'POST', headers, body });
    const location = new URL(made.headers.get('location') ?? '', made.url).href;
    expect(await (await fetch(location, { headers })).json()).toMatchObject({ url: 'https://receiver.example/' });
    await fetch(location, { method: 'PATCH', headers, body: '{"active":false}' });
    const { note } = await (await fetch(`${location}/test`, { method: 'POST', headers })).json();
    expect(note).toContain(`POST ${new URL(location).pathname}/enable`);
    expect((await fetch(`${api.url}${base}`)).status).toBe(200);
    expect((await fetch(`${api.url}${base}x/readyz`)).status).toBe(404);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi, type TestTenant } from '../support/api.ts';
import { type Browsing, openChromium } from '../support/chromium.ts';

describe('GraphiQL', () => {
  let api: TestApi;
  let tenant: TestTenant;
  let browsing: Browsing;

  beforeAll(async () => {
    api = await TestApi.start({ graphql: { graphiql: true, trustedDocuments: null, trustedOnly: false } });
    tenant = await api.tenant();
    await api.eventType(tenant, 'crane.moved');
    await api.webhook(tenant);
    browsing = await openChromium();
  });
  afterAll(async () => {
    await browsing.close();
    await api.close();
  });

  it('comes from the installation alone, asks and subscribes with the key that it is given, and nothing is refused', async () => {
    const { context, complaints } = browsing;
    const page = await context.newPage();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(api.url) && /^(https?|wss?):/.test(request.url())) foreign.push(request.url());
    });
    const opened = await page.goto(`${api.url}/graphql`);
    expect(opened?.headers()['content-security-policy']).toContain("default-src 'none'");

    const write = async (editor: string, text: string) => {
      await page.locator(editor).filter({ visible: true }).first().click();
      await page.keyboard.press('ControlOrMeta+a');
      // Pasted: what is typed, the editor closes brackets of.
      await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
      await page.keyboard.press('ControlOrMeta+v');
    };
    await page
      .getByRole('tab', { name: 'Headers' })
      .or(page.getByRole('button', { name: 'Headers' }))
      .first()
      .click();
    await write('.graphiql-editor-tool .view-lines', JSON.stringify({ authorization: `Bearer ${tenant.key}` }));
    await write('.graphiql-query-editor .view-lines', '{ viewer { kind } }');
    await page.getByRole('button', { name: /execute/i }).click();
    await expect
      .poll(() => page.locator('.result-window, .graphiql-response').first().textContent())
      .toContain('API_KEY');

    await write('.graphiql-query-editor .view-lines', 'subscription { deliveryUpdated { status } }');
    await page.getByRole('button', { name: /execute/i }).click();
    // It may be subscribed a moment after the click: something happens until it is told of.
    await expect
      .poll(async () => {
        await api.data(
          tenant.key,
          'mutation ($i: PublishEventsInput!) { publishEvents(input: $i) { events { id } } }',
          {
            i: { projectId: tenant.projectId, events: [{ type: 'crane.moved', data: {} }] },
          },
        );
        return page.locator('.result-window, .graphiql-response').first().textContent();
      })
      .toContain('deliveryUpdated');
    expect(foreign).toEqual([]);
    // It asks for the schema at once, before anybody could give it a key.
    expect(complaints.filter((each) => !each.includes('401 (Unauthorized)'))).toEqual([]);
    await page.close();
  });

  it('is not there unless it is set: a browser is told so, not shown a blank page', async () => {
    const off = await TestApi.start();
    try {
      const answer = await fetch(`${off.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect([answer.status, await answer.text()]).toEqual([406, expect.stringContaining('EVERHOOK_GRAPHIQL')]);
      expect((await fetch(`${off.url}/graphiql/graphiql.js`)).status).toBe(404);
    } finally {
      await off.close();
    }
  });
});

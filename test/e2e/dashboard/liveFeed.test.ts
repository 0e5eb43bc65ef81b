import type { Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWebhook, type Dashboard, openSession, publish, startDashboard } from '../../support/dashboard.ts';
import { Receiver } from '../../support/receiver.ts';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}
interface Subscribing {
  readonly query: string;
  readonly variables: { readonly after?: string; readonly labels?: unknown };
}

describe('the live feed of a page', () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let refuse: (subscribing: Subscribing) => Promise<Refusal | null>;
  let sockets: WebSocketRoute[];

  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = await new Receiver(() => 200).listen();
    await createWebhook(dashboard.product, dashboard.tenant, { name: 'Berth board', url: receiver.url });
  });
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  /** A page whose subscriptions are refused as the test says. */
  async function opened(search: string): Promise<Page> {
    refuse = async () => null;
    sockets = [];
    const { product, tenant, browsing } = dashboard;
    await openSession(browsing.context, product.url, tenant.key);
    const page = await browsing.context.newPage();
    await page.routeWebSocket('**/graphql', (socket) => {
      sockets.push(socket);
      const server = socket.connectToServer();
      socket.onMessage(async (message) => {
        const { id, type, payload } = JSON.parse(String(message));
        const refusal = type === 'subscribe' ? await refuse(payload) : null;
        if (!refusal) return server.send(message);
        const { message: text, ...extensions } = refusal;
        socket.send(JSON.stringify({ id, type: 'error', payload: [{ message: text, extensions }] }));
      });
    });
    await page.goto(`${product.url}/o/${tenant.organizationId}/deliveries?project=${tenant.projectId}${search}`);
    return page;
  }
  const sign = (page: Page, text: string) => page.getByRole('complementary').getByText(text, { exact: true }).waitFor();

  test('goes on where its cursor has expired meanwhile, and the page reads anew what was not told', async () => {
    const page = await opened('');
    await sign(page, 'Live');
    const expired = new Set<string>();
    refuse = async ({ query, variables: { after } }) => {
      if (!query.includes('deliveryUpdated') || expired.size > 0) return null;
      expired.add(String(after));
      await publish(dashboard.product, dashboard.tenant, ['case.deleted']);
      await receiver.count(1);
      return { code: 'VALIDATION_FAILED', field: 'after', message: 'This cursor is older than 7 days.' };
    };
    await sockets[0]?.close({ code: 1012, reason: 'Service restart' });
    await page.getByRole('row').filter({ hasText: 'case.deleted' }).getByText('Delivered').waitFor();
    await sign(page, 'Live');
    expect(expired.size).toBe(1);
    await publish(dashboard.product, dashboard.tenant, ['case.created']);
    await page.getByRole('row').filter({ hasText: 'case.created' }).getByText('Delivered').waitFor();
    await page.close();
  });

  test.each([
    { of: 'all deliveries', search: '' },
    { of: 'a list by labels', search: '&label=berth%3D4' },
  ])(
    'says why it has ended where the one of $of is refused for good, and begins anew when asked',
    async ({ search }) => {
      const page = await opened(search);
      await sign(page, 'Live');
      const message = 'Your role has no longer the permission WEBHOOK_READ.';
      refuse = async ({ query, variables: { labels } }) =>
        query.includes('deliveryUpdated') && (search === '' || labels) ? { code: 'FORBIDDEN', message } : null;
      await sockets[0]?.close({ code: 1012, reason: 'Service restart' });
      await sign(page, 'Not live');
      const notice = page.getByRole('status').filter({ hasText: message });
      await notice.waitFor();
      refuse = async () => null;
      await notice.getByRole('button', { name: 'Try again' }).click();
      await notice.waitFor({ state: 'detached' });
      await sign(page, 'Live');
      await page.close();
    },
  );
});
